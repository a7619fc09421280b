import { useSyncExternalStore } from 'react';
import { refreshFiles } from './files';
import { send } from './upload';
import { UploadQueue, type Upload } from './uploads';

/** Lists are asked for again this often while files arrive; a directory may bring thousands. */
const REFRESH_MS = 700;

const arrived = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;

function refreshSoon(folder: string): void {
  arrived.add(folder);
  timer ??= setTimeout(() => {
    timer = undefined;
    arrived.forEach(refreshFiles);
    arrived.clear();
  }, REFRESH_MS);
}

/** The uploads of this tab. */
export const uploads = new UploadQueue(send, ({ folder }) => refreshSoon(folder));

// Leaving the page would cut them off.
window.addEventListener('beforeunload', (event) => {
  if (uploads.busy) event.preventDefault();
});

export function useUploads(): readonly Upload[] {
  return useSyncExternalStore(uploads.subscribe, uploads.snapshot);
}
