/**
 * The folders chosen for a session that is being put together: which are ticked, where each would appear,
 * and what stands against it. Pure; the page only draws it.
 */
import type { Folder } from '../folders/folders';
import {
  defaultPath,
  findConflicts,
  isAutomounted,
  resolveMount,
  type MountConflict,
  type MountFault,
} from '../mounts/rules';
import type { NewSession } from '../sessions/sessions';

/** What a person said about a ticked folder. */
export interface Choice {
  /** As typed; empty for the default place. */
  path: string;
  readOnly: boolean;
}

/** Ticked folders by id. */
export type Choices = ReadonlyMap<string, Choice>;

export const NEW_CHOICE: Choice = { path: '', readOnly: false };

/** A folder that may be ticked, and what becomes of it. */
export interface Candidate {
  folder: Folder;
  /** Null when it is not ticked. */
  choice: Choice | null;
  /** The absolute path it will have, or would have if it were ticked; null when the path is at fault. */
  place: string | null;
  fault: { fault: MountFault; place: string } | null;
  conflict: MountConflict | null;
}

export interface Plan {
  candidates: Candidate[];
  /** Folders that need no tick, with their places. */
  automounts: { folder: Folder; place: string }[];
  /** How many folders are ticked. */
  ticked: number;
  /** May the session be started like this? */
  sound: boolean;
}

export function plan(folders: readonly Folder[], choices: Choices): Plan {
  const automounts = folders
    .filter(({ name }) => isAutomounted(name))
    .map((folder) => ({ folder, place: defaultPath(folder.name) }));
  const resolved = folders
    .filter(({ name }) => !isAutomounted(name))
    .map((folder) => {
      const choice = choices.get(folder.id) ?? null;
      return { folder, choice, mount: resolveMount(folder.name, choice?.path.trim() ?? '') };
    });
  const conflicts = findConflicts([
    ...automounts.map(({ folder, place }) => ({ folder: folder.name, path: place })),
    ...resolved.flatMap(({ folder, choice, mount }) =>
      choice !== null && mount.ok ? [{ folder: folder.name, path: mount.path }] : [],
    ),
  ]);
  const candidates = resolved.map(({ folder, choice, mount }): Candidate => ({
    folder,
    choice,
    place: mount.ok ? mount.path : null,
    fault: mount.ok ? null : mount,
    conflict: (choice !== null && conflicts.get(folder.name)) || null,
  }));
  const ticked = candidates.filter(({ choice }) => choice !== null);
  const sound = ticked.every(({ fault, conflict }) => fault === null && conflict === null);
  return { candidates, automounts, ticked: ticked.length, sound };
}

/** The mounts of the request: what is left at its default is left out. */
export function mountsOf({ candidates }: Plan): NonNullable<NewSession['mounts']> {
  return candidates.flatMap(({ folder, choice }) => {
    if (choice === null) return [];
    const path = choice.path.trim();
    return [
      {
        folder: folder.id,
        ...(path !== '' && { path }),
        ...(choice.readOnly && folder.permission !== 'ro' && { permission: 'ro' as const }),
      },
    ];
  });
}
