/** Where a dotfile may go, told while a person types. The server decides. */

/** Why a path is refused; every value has its sentence under `settings.fault` in the translations. */
export type DotfilePathFault = 'empty' | 'noDot' | 'dots' | 'control' | 'taken';

/** What is wrong with `path`, given those that are in use already; null when it may be used. */
export function dotfilePathFault(path: string, taken: ReadonlySet<string>): DotfilePathFault | null {
  if (path === '') return 'empty';
  if (/\p{Cc}/u.test(path)) return 'control';
  if (!path.startsWith('.')) return 'noDot';
  if (path.split('/').some((name) => ['', '.', '..'].includes(name))) return 'dots';
  if (taken.has(path)) return 'taken';
  return null;
}
