import { useSyncExternalStore } from 'react';
import { refreshFiles } from './files';
import { send } from './upload';
import { UploadQueue, type Upload } from './uploads';

/** The uploads of this tab. */
export const uploads = new UploadQueue(send, ({ folder }) => refreshFiles(folder));

// Leaving the page would cut them off.
window.addEventListener('beforeunload', (event) => {
  if (uploads.busy) event.preventDefault();
});

export function useUploads(): readonly Upload[] {
  return useSyncExternalStore(uploads.subscribe, uploads.snapshot);
}
