/** What a folder may be called, told while a person types. The server decides. */
import { isReservedName } from '../mounts/rules';

/** The longest name of a folder, in characters. */
export const FOLDER_NAME_CHARACTERS_MAX = 64;
/** The longest name in bytes, which only names of four-byte characters reach. */
const FOLDER_NAME_BYTES_MAX = 255;

/** Why a name is refused; every value has its sentence under `folders.fault` in the translations. */
export type FolderNameFault = 'empty' | 'long' | 'slash' | 'control' | 'dots' | 'reserved' | 'taken';

/**
 * What is wrong with `text`, given the names that are in use already; null when it may be used. As the server
 * does, it is judged in Unicode's composed form: a Mac sends the other one.
 */
export function folderNameFault(text: string, taken: ReadonlySet<string>): FolderNameFault | null {
  const name = text.normalize('NFC');
  if (name === '') return 'empty';
  if ([...name].length > FOLDER_NAME_CHARACTERS_MAX) return 'long';
  if (new TextEncoder().encode(name).length > FOLDER_NAME_BYTES_MAX) return 'long';
  if (name.includes('/')) return 'slash';
  if (/\p{Cc}/u.test(name)) return 'control';
  if (name === '.' || name === '..') return 'dots';
  if (isReservedName(name)) return 'reserved';
  if (taken.has(name)) return 'taken';
  return null;
}
