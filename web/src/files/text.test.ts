import { afterEach, expect, test, vi } from 'vitest';
import { decode, encode, isImage, openText, TEXT_BYTES_MAX, writeText } from './text';

const utf8 = (text: string) => new TextEncoder().encode(text);

test.each(['', 'a\nb\n', 'a\r\nb\r\n', '한글 🚢\n', '\ufeffbom'])('%j comes back as it was', (text) => {
  const file = decode(utf8(text));
  expect(file).not.toBeNull();
  expect(encode(file?.text ?? '', file?.lineEnd ?? '\n')).toBe(text);
  expect(file?.text).not.toContain('\r');
});

test('what is no text is not taken for it', () => {
  expect(decode(Uint8Array.of(0xff, 0xfe))).toBeNull();
  expect(decode(utf8('a\0b'))).toBeNull();
});

test('pictures are known by their names', () => {
  expect(isImage('plot.PNG')).toBe(true);
  expect(isImage('png')).toBe(false);
});

afterEach(() => vi.unstubAllGlobals());

function answering(response: Response) {
  const fetched = vi.fn<typeof fetch>(async () => response);
  vi.stubGlobal('fetch', fetched);
  return fetched;
}

test('a file is read with its version', async () => {
  answering(new Response('a\r\n', { headers: { ETag: '"1"' } }));
  expect(await openText('f', 'x', new AbortController().signal)).toEqual({
    kind: 'text',
    text: 'a\n',
    lineEnd: '\r\n',
    etag: '"1"',
  });
});

test('a large file is not read at all', async () => {
  const cancel = vi.fn();
  const body = new ReadableStream({ cancel });
  answering(new Response(body, { headers: { 'Content-Length': String(TEXT_BYTES_MAX + 1) } }));
  expect(await openText('f', 'x', new AbortController().signal)).toEqual({ kind: 'large' });
  expect(cancel).toHaveBeenCalled();
});

test('a file is written on the condition that nobody else has changed it', async () => {
  const fetched = answering(new Response(null, { status: 204, headers: { ETag: '"2"' } }));
  expect(await writeText('f', 'a b/c', 'x\n', { kind: 'unchanged', etag: '"1"' }, '\r\n')).toBe('"2"');
  const [url, init] = fetched.mock.calls[0] ?? [];
  expect(url).toBe('/api/v1/folders/f/content/a%20b/c');
  expect(init?.body).toBe('x\r\n');
  expect(new Headers(init?.headers).get('If-Match')).toBe('"1"');
});

test('a new file takes nobody else’s place, and a decided person any', async () => {
  const fetched = answering(new Response(null, { status: 201 }));
  await writeText('f', 'x', '', { kind: 'new' });
  await writeText('f', 'x', '', { kind: 'any' });
  const headers = fetched.mock.calls.map(([, init]) => new Headers(init?.headers));
  expect(headers.map((one) => [one.get('If-None-Match'), one.get('If-Match')])).toEqual([
    ['*', null],
    [null, null],
  ]);
});

test('a refusal is told in the words of the server', async () => {
  answering(new Response(JSON.stringify({ status: 412, detail: 'changed meanwhile' }), { status: 412 }));
  await expect(writeText('f', 'x', '', { kind: 'any' })).rejects.toMatchObject({
    status: 412,
    detail: 'changed meanwhile',
  });
});
