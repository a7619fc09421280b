/**
 * The frames of a terminal on the wire: WebSocket subprotocol `tty`, the framing of ttyd.
 *
 * The client speaks first with a JSON hello as text. Then every frame is binary and its first byte says what
 * it is; the rest is the payload.
 */

/** The WebSocket subprotocol. */
export const SUBPROTOCOL = 'tty';

/** The largest piece of input put in one frame; a large paste is cut into several. */
export const INPUT_FRAME_BYTES_MAX = 16 * 1024;

/** First bytes of what the client sends. */
const INPUT = 0x30; // '0'
const RESIZE = 0x31; // '1'
const PAUSE = 0x32; // '2'
const RESUME = 0x33; // '3'

/** First bytes of what the server sends. */
const OUTPUT = 0x30; // '0'
const TITLE = 0x31; // '1'
const PREFERENCES = 0x32; // '2'

/** How large the terminal is, in character cells. */
export interface Size {
  columns: number;
  rows: number;
}

export type ServerFrame =
  | { kind: 'output'; bytes: Uint8Array }
  | { kind: 'title'; title: string }
  | { kind: 'preferences'; preferences: Record<string, unknown> };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function frame(kind: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(payload.length + 1);
  bytes[0] = kind;
  bytes.set(payload, 1);
  return bytes;
}

/** The first message. The token stays empty: the login cookie says who asks. */
export function hello({ columns, rows }: Size): string {
  return JSON.stringify({ AuthToken: '', columns, rows });
}

/** What a person typed or pasted, in as many frames as it needs. */
export function input(bytes: Uint8Array): Uint8Array<ArrayBuffer>[] {
  const frames: Uint8Array<ArrayBuffer>[] = [];
  for (let start = 0; start < bytes.length; start += INPUT_FRAME_BYTES_MAX) {
    frames.push(frame(INPUT, bytes.subarray(start, start + INPUT_FRAME_BYTES_MAX)));
  }
  return frames;
}

export function resize({ columns, rows }: Size): Uint8Array<ArrayBuffer> {
  return frame(RESIZE, encoder.encode(JSON.stringify({ columns, rows })));
}

export function pause(): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(PAUSE);
}

export function resume(): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(RESUME);
}

/** Reads a frame of the server; null when it is empty, malformed or of a kind that came after this client. */
export function readFrame(data: ArrayBuffer): ServerFrame | null {
  const bytes = new Uint8Array(data);
  const payload = bytes.subarray(1);
  switch (bytes[0]) {
    case OUTPUT:
      return { kind: 'output', bytes: payload };
    case TITLE:
      return { kind: 'title', title: decoder.decode(payload) };
    case PREFERENCES: {
      const preferences = parseObject(decoder.decode(payload));
      return preferences && { kind: 'preferences', preferences };
    }
    default:
      return null;
  }
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
