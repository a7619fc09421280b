/**
 * The uploads of this page: a queue that goes on while a person looks at other things. Knows nothing of
 * React; {@link UploadQueue.subscribe} and {@link UploadQueue.snapshot} are what useSyncExternalStore takes.
 */
import { asProblem, type ProblemError } from '../api/problem';
import type { SendOptions } from './upload';

/** Uploads under way at one time; more would only share the same line. */
export const UPLOADS_AT_ONCE_MAX = 2;
/** How often progress is told; a fast line has more of it than anybody could see. */
export const PROGRESS_MS = 100;

export interface NewUpload {
  folder: string;
  folderName: string;
  /** Inside the folder, with the file's name. */
  path: string;
  url: string;
  body: Blob;
  replace: boolean;
}

export interface Upload extends NewUpload {
  id: number;
  state: 'waiting' | 'sending' | 'done' | 'failed' | 'cancelled';
  sentBytes: number;
  problem: ProblemError | null;
}

/** All uploads together. */
export interface Totals {
  count: number;
  done: number;
  /** Failed or cancelled. */
  undone: number;
  /** Waiting or under way. */
  open: number;
  bytes: number;
  sentBytes: number;
}

export class UploadQueue {
  #uploads: readonly Upload[] = [];
  #nextId = 1;
  #toldAt = 0;
  readonly #aborts = new Map<number, AbortController>();
  readonly #listeners = new Set<() => void>();
  readonly #send: (options: SendOptions) => Promise<void>;
  readonly #onDone: (upload: Upload) => void;

  /** `onDone` is told of every file that arrived. */
  constructor(send: (options: SendOptions) => Promise<void>, onDone: (upload: Upload) => void) {
    this.#send = send;
    this.#onDone = onDone;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The same array until something changes. */
  readonly snapshot = (): readonly Upload[] => this.#uploads;

  /** Would leaving the page lose anything? */
  get busy(): boolean {
    return this.#uploads.some(isOpen);
  }

  add(uploads: readonly NewUpload[]): void {
    const added = uploads.map((upload): Upload => {
      const id = this.#nextId;
      this.#nextId += 1;
      return { ...upload, id, state: 'waiting', sentBytes: 0, problem: null };
    });
    this.#set([...this.#uploads, ...added]);
    this.#fill();
  }

  cancel(id: number): void {
    const abort = this.#aborts.get(id);
    if (abort) abort.abort();
    else this.#change(id, { state: 'cancelled' });
  }

  /** Cancels everything that is not over. */
  cancelAll(): void {
    this.#set(
      this.#uploads.map((upload) =>
        upload.state === 'waiting' ? { ...upload, state: 'cancelled' } : upload,
      ),
    );
    this.#aborts.forEach((abort) => abort.abort());
  }

  retry(id: number): void {
    this.#change(id, { state: 'waiting', sentBytes: 0, problem: null });
    this.#fill();
  }

  /** Forgets everything that is over. */
  clear(): void {
    this.#set(this.#uploads.filter(isOpen));
  }

  #fill(): void {
    while (this.#aborts.size < UPLOADS_AT_ONCE_MAX) {
      const next = this.#uploads.find(({ state }) => state === 'waiting');
      if (!next) return;
      void this.#run(next);
    }
  }

  async #run(upload: Upload): Promise<void> {
    const { id, url, body, replace } = upload;
    const abort = new AbortController();
    this.#aborts.set(id, abort);
    this.#change(id, { state: 'sending' });
    const onProgress = (sentBytes: number) => {
      if (Date.now() - this.#toldAt >= PROGRESS_MS) this.#change(id, { sentBytes });
    };
    try {
      await this.#send({ url, body, replace, onProgress, signal: abort.signal });
      this.#change(id, { state: 'done', sentBytes: body.size });
      this.#onDone(upload);
    } catch (error) {
      if (abort.signal.aborted) this.#change(id, { state: 'cancelled' });
      else this.#change(id, { state: 'failed', problem: asProblem(error) });
    } finally {
      this.#aborts.delete(id);
      this.#fill();
    }
  }

  #change(id: number, change: Partial<Upload>): void {
    this.#set(this.#uploads.map((upload) => (upload.id === id ? { ...upload, ...change } : upload)));
  }

  #set(uploads: readonly Upload[]): void {
    this.#uploads = uploads;
    this.#toldAt = Date.now();
    this.#listeners.forEach((listener) => listener());
  }
}

function isOpen({ state }: Upload): boolean {
  return state === 'waiting' || state === 'sending';
}

export function totalsOf(uploads: readonly Upload[]): Totals {
  const totals = { count: uploads.length, done: 0, undone: 0, open: 0, bytes: 0, sentBytes: 0 };
  for (const upload of uploads) {
    if (upload.state === 'done') totals.done += 1;
    else if (isOpen(upload)) totals.open += 1;
    else {
      totals.undone += 1;
      continue; // its bytes are not on their way any more
    }
    totals.bytes += upload.body.size;
    totals.sentBytes += upload.sentBytes;
  }
  return totals;
}
