/** What a folder can be, in the order in which it is offered. */
import type { Folder } from './folders';

export const USAGE_MODES: readonly Folder['usage_mode'][] = ['general', 'data', 'model'];
export const PERMISSIONS: readonly Folder['permission'][] = ['ro', 'rw', 'wd'];
