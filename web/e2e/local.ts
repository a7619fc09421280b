/** Files on the person's own computer, to be uploaded. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const MIB = 1024 * 1024;
export const LARGE_MIB = 200;

export class Files {
  /** A file of {@link LARGE_MIB} of noise. */
  readonly large: string;
  readonly largeDigest: string;
  /** A directory with directories in it, one of them empty, and a name of Hangul as a Mac writes it. */
  readonly tree: string;
  readonly #directory: string;

  private constructor(directory: string, largeDigest: string) {
    this.#directory = directory;
    this.large = path.join(directory, 'large.bin');
    this.largeDigest = largeDigest;
    this.tree = path.join(directory, 'tree');
  }

  static async create(): Promise<Files> {
    const directory = await mkdtemp(path.join(tmpdir(), 'berth-walk-files-'));
    const digest = createHash('sha256');
    const large = await open(path.join(directory, 'large.bin'), 'w');
    for (let written = 0; written < LARGE_MIB; written += 1) {
      const piece = randomBytes(MIB);
      digest.update(piece);
      await large.write(piece);
    }
    await large.close();
    const files = new Files(directory, digest.digest('hex'));
    for (const [name, text] of Object.entries(TREE)) {
      const target = path.join(files.tree, name.normalize('NFD'));
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, text);
    }
    await mkdir(path.join(files.tree, 'empty'));
    return files;
  }

  remove(): Promise<void> {
    return rm(this.#directory, { recursive: true, force: true });
  }
}

/** What is in the tree, by the names that it gets on the server. */
export const TREE: Record<string, string> = {
  'README.md': '# Tree\n',
  'deep/er/and deeper.txt': 'deep\n',
  'deep/한글.txt': '한글\n',
  // More than one reading of a directory tells (Chromium's tell 100).
  ...Object.fromEntries(Array.from({ length: 130 }, (_, index) => [`many/${index}.txt`, `${index}\n`])),
};

export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
