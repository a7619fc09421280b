/**
 * Files and whole directories that were dropped or chosen, as a flat list with their paths. Browsers show a
 * dropped directory as a tree that has to be walked by callbacks, a chosen one as files that know their path.
 */

/** Files taken at one time; a larger tree is better packed first, or copied from a session. */
export const FILES_AT_ONCE_MAX = 10_000;

/** What came in: paths with names joined by `/`, as the person's computer has them. */
export interface Chosen {
  files: { path: string; file: File }[];
  /** Directories in which nothing is: no file would make them. */
  emptyDirectories: string[];
  /** There were more than {@link FILES_AT_ONCE_MAX}; the rest was left out. */
  tooMany: boolean;
}

/** Takes what was dropped. Has to be called before the handler of the event returns: afterwards it is gone. */
export function dropped(data: DataTransfer): Promise<Chosen> {
  const entries: FileSystemEntry[] = [];
  const files: File[] = [];
  for (const item of data.items) {
    if (item.kind !== 'file') continue;
    const entry = item.webkitGetAsEntry();
    if (entry !== null) entries.push(entry);
    else {
      const file = item.getAsFile();
      if (file !== null) files.push(file);
    }
  }
  return walk(entries).then((chosen) => ({
    ...chosen,
    files: [...chosen.files, ...files.map((file) => ({ path: file.name, file }))],
  }));
}

/** Files that were chosen in a dialogue; those of a directory know their path in it. */
export function chosen(list: Iterable<File>): Chosen {
  const files = [...list].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
  return {
    files: files.slice(0, FILES_AT_ONCE_MAX),
    emptyDirectories: [],
    tooMany: files.length > FILES_AT_ONCE_MAX,
  };
}

/** Every file below `entries`. */
export async function walk(entries: readonly FileSystemEntry[], max = FILES_AT_ONCE_MAX): Promise<Chosen> {
  const found: Chosen = { files: [], emptyDirectories: [], tooMany: false };
  const todo = [...entries].reverse();
  for (let entry = todo.pop(); entry !== undefined; entry = todo.pop()) {
    if (found.files.length + found.emptyDirectories.length >= max) return { ...found, tooMany: true };
    const path = entry.fullPath.replace(/^\/+/, '') || entry.name;
    if (isFile(entry)) found.files.push({ path, file: await fileOf(entry) });
    else if (isDirectory(entry)) {
      const inside = await listOf(entry);
      if (inside.length === 0) found.emptyDirectories.push(path);
      todo.push(...inside.reverse());
    }
  }
  return found;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isDirectory(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** A reader tells a part at a time (100 in Chromium), until it tells nothing. */
async function listOf(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (part.length === 0) return all;
    all.push(...part);
  }
}
