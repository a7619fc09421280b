/** One file on its way to the server: a PUT that tells its progress. */
import { ProblemError } from '../api/problem';

export interface SendOptions {
  url: string;
  body: Blob;
  /** Without it a file that is there already is left alone, and the upload fails with 412. */
  replace: boolean;
  onProgress: (sentBytes: number) => void;
  signal: AbortSignal;
}

/** Sends `body`; rejects with a {@link ProblemError}, or with an AbortError when `signal` says so. */
export function send({ url, body, replace, onProgress, signal }: SendOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    // Not fetch(): it cannot tell how much of a body has been sent.
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open('PUT', url);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    if (!replace) request.setRequestHeader('If-None-Match', '*');
    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onload = () => {
      if (request.status < 300) resolve();
      else reject(ProblemError.fromText(request.status, request.responseText));
    };
    request.onerror = () => reject(ProblemError.unreachable());
    request.onabort = () => reject(new DOMException('cancelled', 'AbortError'));
    request.onloadend = () => signal.removeEventListener('abort', abort);
    signal.addEventListener('abort', abort);
    request.send(body);
  });
}
