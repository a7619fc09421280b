/** The rules of mount paths in the words of the person who reads them. */
import type { TFunction } from 'i18next';
import { NAME_CHARACTERS_MAX, type MountConflict, type MountFault } from './rules';

export function faultWords({ fault, place }: { fault: MountFault; place: string }, t: TFunction): string {
  return t(`mounts.fault.${fault}`, { place, max: NAME_CHARACTERS_MAX });
}

export function conflictWords({ kind, other }: MountConflict, t: TFunction): string {
  return t(`mounts.conflict.${kind}`, { folder: other.folder, path: other.path });
}
