import { describe, expect, test } from 'vitest';
import { INPUT_FRAME_BYTES_MAX, hello, input, pause, readFrame, resize, resume } from './protocol';

const bytes = (text: string) => new TextEncoder().encode(text);
const buffer = (text: string) => bytes(text).buffer;

describe('what the client sends', () => {
  test('begins with a hello that tells the size', () => {
    expect(JSON.parse(hello({ columns: 80, rows: 24 }))).toEqual({ AuthToken: '', columns: 80, rows: 24 });
  });

  test('is input behind a 0, a size behind a 1, and the bare bytes 2 and 3', () => {
    expect(input(bytes('ls\r'))).toEqual([bytes('0ls\r')]);
    expect(resize({ columns: 100, rows: 30 })).toEqual(bytes('1{"columns":100,"rows":30}'));
    expect(pause()).toEqual(bytes('2'));
    expect(resume()).toEqual(bytes('3'));
  });

  test('is cut into several frames when it is long, and nothing is lost', () => {
    const long = crypto.getRandomValues(new Uint8Array(INPUT_FRAME_BYTES_MAX * 2 + 1));
    const frames = input(long);
    expect(frames).toHaveLength(3);
    expect(frames.flatMap((frame) => [...frame.subarray(1)])).toEqual([...long]);
  });
});

describe('what the server sends', () => {
  test('is output, also when it is empty or no text', () => {
    expect(readFrame(buffer('0한글'))).toEqual({ kind: 'output', bytes: bytes('한글') });
    expect(readFrame(buffer('0'))).toEqual({ kind: 'output', bytes: new Uint8Array() });
    expect(readFrame(Uint8Array.of(0x30, 0xff, 0x00).buffer)).toEqual({
      kind: 'output',
      bytes: Uint8Array.of(0xff, 0x00),
    });
  });

  test('is a title or preferences', () => {
    expect(readFrame(buffer('1work@mysess: ~'))).toEqual({ kind: 'title', title: 'work@mysess: ~' });
    expect(readFrame(buffer('2{"fontSize":14}'))).toEqual({
      kind: 'preferences',
      preferences: { fontSize: 14 },
    });
  });

  test.each(['', '9later', '2not json', '2[1]', '2null'])('is left alone when it is "%s"', (text) => {
    expect(readFrame(buffer(text))).toBeNull();
  });
});
