/** Paths inside a folder: `/`-separated, without a slash at either end; the top is the empty string. */

export function join(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}

/** Every directory from the top down to `path` itself: what breadcrumbs show. The top is left out. */
export function ancestors(path: string): { name: string; path: string }[] {
  const names = path.split('/').filter((name) => name !== '');
  return names.map((name, index) => ({ name, path: names.slice(0, index + 1).join('/') }));
}

/** Where the bytes of a file are read and written. */
export function contentUrl(folder: string, path: string): string {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return `/api/v1/folders/${encodeURIComponent(folder)}/content/${encoded}`;
}

/** Why a new file or directory may not be called this, or null; its sentences are `files.fault`. */
export type FileNameFault = 'empty' | 'slash' | 'dots' | 'long' | 'control' | 'taken';

/** What a Linux file system takes. */
export const FILE_NAME_BYTES_MAX = 255;

export function fileNameFault(name: string, taken: ReadonlySet<string>): FileNameFault | null {
  if (name === '') return 'empty';
  if (name.includes('/')) return 'slash';
  if (name === '.' || name === '..') return 'dots';
  if (name.includes('\0')) return 'control';
  if (new TextEncoder().encode(name).length > FILE_NAME_BYTES_MAX) return 'long';
  if (taken.has(name)) return 'taken';
  return null;
}
