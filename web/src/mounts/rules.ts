/**
 * Where a folder appears inside a session: the rules of mount paths, as pure functions.
 *
 * The server decides; these are the same rules told early, while a person types. Both sides are tested
 * with one table of cases, `tests/mount-cases.json`.
 */

/** The home of every session; relative paths are taken below it. */
export const HOME = '/home/work';

/** The longest name a path may be made of, in characters. */
export const NAME_CHARACTERS_MAX = 64;
/** The same in bytes, which only names of four-byte characters reach. */
const NAME_BYTES_MAX = 255;
/** The longest path; Linux has 4096 with the home before it and a NUL behind it. */
const PATH_BYTES_MAX = 4096 - HOME.length - 1;

/** Nothing may be mounted at these places or inside them: the system's own. */
const SYSTEM_DIRECTORIES = new Set(
  'bin boot dev etc lib lib32 lib64 libx32 media mnt opt proc root run sbin srv sys tmp usr var'.split(' '),
);

/** Names directly below the home that the session keeps for its own files. */
const RESERVED_NAMES = new Set(['.ssh', '.terminfo', '.jupyter', '.tmux.conf']);
const RESERVED_PATTERNS = [/^\.[a-z0-9]+rc$/, /^\.[a-z0-9]+_profile$/];

/** The one folder with a place of its own outside the home. */
const LINUXBREW = { folder: '.linuxbrew', path: '/home/linuxbrew/.linuxbrew' };

/** Why a path is refused; every value has its sentence under `mounts.fault` in the translations. */
export type MountFault = 'control' | 'parent' | 'long' | 'root' | 'home' | 'system' | 'reserved';

export type MountPath =
  | { ok: true; path: string }
  /** `place` is the part of the path that is at fault, to be named in the message. */
  | { ok: false; fault: MountFault; place: string };

/** Is this name one that the session keeps for itself directly below the home (`.ssh`, `.bashrc`)? */
export function isReservedName(name: string): boolean {
  return RESERVED_NAMES.has(name) || RESERVED_PATTERNS.some((pattern) => pattern.test(name));
}

/** Is a folder of this name mounted in every session of its owner, without being asked? */
export function isAutomounted(folder: string): boolean {
  return folder.startsWith('.');
}

/** The place a folder gets when no path is asked for. */
export function defaultPath(folder: string): string {
  return folder === LINUXBREW.folder ? LINUXBREW.path : `${HOME}/${folder}`;
}

/** `path` without empty and `.` components and without a trailing slash; relative paths below the home. */
export function normalise(path: string): string {
  const absolute = path.startsWith('/') ? path : `${HOME}/${path}`;
  return `/${absolute
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')}`;
}

/**
 * The absolute path at which `folder` appears when a person asks for `path` (empty: the default place), or
 * the reason why it may not appear there.
 */
export function resolveMount(folder: string, path: string): MountPath {
  const wanted = path === '' ? defaultPath(folder) : path;
  if (utf8Length(wanted) > PATH_BYTES_MAX) return { ok: false, fault: 'long', place: wanted };
  if (/\p{Cc}/u.test(wanted)) return { ok: false, fault: 'control', place: wanted };
  const resolved = normalise(wanted);
  const parts = resolved.split('/').slice(1);

  if (parts.includes('..')) return { ok: false, fault: 'parent', place: '..' };
  const long = parts.find(
    (part) => [...part].length > NAME_CHARACTERS_MAX || utf8Length(part) > NAME_BYTES_MAX,
  );
  if (long !== undefined) return { ok: false, fault: 'long', place: long };
  if (resolved === '/') return { ok: false, fault: 'root', place: '/' };
  if (resolved === HOME) return { ok: false, fault: 'home', place: HOME };

  const [first = '', second = '', third = ''] = parts;
  if (SYSTEM_DIRECTORIES.has(first)) return { ok: false, fault: 'system', place: `/${first}` };
  if (first === 'home') {
    const below = `/home${second === '' ? '' : `/${second}`}`;
    const linuxbrew = folder === LINUXBREW.folder && resolved === LINUXBREW.path;
    if (below !== HOME && !linuxbrew) return { ok: false, fault: 'system', place: below };
    if (below === HOME && isReservedName(third)) return { ok: false, fault: 'reserved', place: third };
  }
  return { ok: true, path: resolved };
}

function utf8Length(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** One mount of a session that is being put together: whose it is, and where it would appear. */
export interface PlacedMount {
  folder: string;
  path: string;
}

/** How two mounts disagree, seen from one of them. */
export interface MountConflict {
  /** `same` place; this one lies `inside` the other; the other lies inside this one (`around`). */
  kind: 'same' | 'inside' | 'around';
  other: PlacedMount;
}

/** The first conflict of each mount, keyed by its folder. Nested mounts are never allowed. */
export function findConflicts(mounts: readonly PlacedMount[]): Map<string, MountConflict> {
  const conflicts = new Map<string, MountConflict>();
  for (const mount of mounts) {
    for (const other of mounts) {
      if (other === mount || conflicts.has(mount.folder)) continue;
      if (other.path === mount.path) conflicts.set(mount.folder, { kind: 'same', other });
      else if (mount.path.startsWith(`${other.path}/`))
        conflicts.set(mount.folder, { kind: 'inside', other });
      else if (other.path.startsWith(`${mount.path}/`))
        conflicts.set(mount.folder, { kind: 'around', other });
    }
  }
  return conflicts;
}
