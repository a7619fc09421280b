/**
 * Small text files, read and written as a whole. What is written goes back as it came: line ends and a byte order
 * mark are kept, and a file that somebody else changed meanwhile is not written over by accident.
 */
import { ProblemError } from '../api/problem';
import { contentUrl } from './paths';

/** The largest file that is opened here. */
export const TEXT_BYTES_MAX = 1024 * 1024;

export interface TextFile {
  kind: 'text';
  /** With line ends as a page has them. */
  text: string;
  /** As the file has them. */
  lineEnd: '\n' | '\r\n';
  /** The version that was read. */
  etag: string | null;
}

export type Opened =
  | TextFile
  /** It is no text, or not in UTF-8. */
  | { kind: 'binary' }
  | { kind: 'large' };

/** Reads a file, as far as it makes sense to show it. */
export async function openText(folder: string, path: string, signal: AbortSignal): Promise<Opened> {
  const response = await call(contentUrl(folder, path), { signal });
  if (Number(response.headers.get('Content-Length') ?? 0) > TEXT_BYTES_MAX) {
    await response.body?.cancel();
    return { kind: 'large' };
  }
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes.length > TEXT_BYTES_MAX) return { kind: 'large' };
  const decoded = decode(bytes);
  if (decoded === null) return { kind: 'binary' };
  return { kind: 'text', ...decoded, etag: response.headers.get('ETag') };
}

/** On what condition a file is written. */
export type Condition =
  | { kind: 'new' }
  /** It is still what was read. */
  | { kind: 'unchanged'; etag: string | null }
  /** Whatever is there. */
  | { kind: 'any' };

/** Writes a file and tells its new version. Fails with 412 when the condition does not hold. */
export async function writeText(
  folder: string,
  path: string,
  text: string,
  condition: Condition,
  lineEnd: TextFile['lineEnd'] = '\n',
): Promise<string | null> {
  const headers = new Headers({ 'Content-Type': 'text/plain; charset=utf-8' });
  if (condition.kind === 'new') headers.set('If-None-Match', '*');
  if (condition.kind === 'unchanged' && condition.etag !== null) headers.set('If-Match', condition.etag);
  const body = encode(text, lineEnd);
  const response = await call(contentUrl(folder, path), { method: 'PUT', headers, body });
  return response.headers.get('ETag');
}

/** Not through the typed client: it would write the slashes of the path as %2F. */
async function call(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init).catch((error: unknown) => {
    if (init.signal?.aborted) throw error;
    throw ProblemError.unreachable();
  });
  if (!response.ok) throw ProblemError.fromText(response.status, await response.text());
  return response;
}

/** The text of a file; null when it is none. */
export function decode(bytes: Uint8Array): Pick<TextFile, 'text' | 'lineEnd'> | null {
  if (bytes.includes(0)) return null;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
    return { text: text.replaceAll('\r\n', '\n'), lineEnd };
  } catch {
    return null;
  }
}

export function encode(text: string, lineEnd: TextFile['lineEnd']): string {
  return lineEnd === '\n' ? text : text.replaceAll('\n', lineEnd);
}

const IMAGES = /\.(png|jpe?g|gif|webp|avif|svg|ico|bmp)$/i;

/** Can a browser show it as a picture? */
export function isImage(name: string): boolean {
  return IMAGES.test(name);
}
