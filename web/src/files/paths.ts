/**
 * Paths inside a folder, as the page keeps them: names joined by `/`, the top empty.
 *
 * A name of Linux is bytes, and they need not be text. So each name is kept as text in which `%` and bytes that
 * are no UTF-8 stand percent-encoded: `notes.txt` and `한글` are themselves, `50%` is `50%25`. That fits into an
 * address of ours and goes back to the server without loss.
 */
import type { Schemas } from '../api/client';

const ESCAPES = /((?:%[0-9A-F]{2})+)/i;

/** The name of a listed file, as it is kept in a path. */
export function nameOf({ name, name_encoded }: Pick<Schemas['FileEntry'], 'name' | 'name_encoded'>): string {
  return name_encoded ?? keep(name);
}

/** A name that a person typed or chose, as it is kept in a path. */
export function keep(name: string): string {
  return name.replaceAll('%', '%25');
}

export function join(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}

/** A path as people read it; what is no text is replaced. */
export function shown(path: string): string {
  return path.split(ESCAPES).map(decode).join('');
}

/** A path as it stands in a URL. */
export function wire(path: string): string {
  const name = (text: string) =>
    text
      .split(ESCAPES)
      .map((part, index) => (index % 2 === 1 ? part : encodeURIComponent(part)))
      .join('');
  return path.split('/').map(name).join('/');
}

/** Every directory from the top down to `path` itself: what breadcrumbs show. The top is left out. */
export function ancestors(path: string): { name: string; path: string }[] {
  const names = path.split('/').filter((name) => name !== '');
  return names.map((name, index) => ({ name: shown(name), path: names.slice(0, index + 1).join('/') }));
}

/** Where the bytes of a file are read and written. */
export function contentUrl(folder: string, path: string): string {
  return `/api/v1/folders/${encodeURIComponent(folder)}/content/${wire(path)}`;
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

/** Every second part of a split by {@link ESCAPES} is a run of escapes. */
function decode(part: string, index: number): string {
  if (index % 2 === 0) return part;
  const bytes = part.split('%').slice(1);
  return new TextDecoder().decode(Uint8Array.from(bytes, (byte) => parseInt(byte, 16)));
}
