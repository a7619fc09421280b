import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PAUSE_ABOVE_BYTES } from './flow';
import { RETRY_FIRST_MS, RETRY_LONGEST_MS, TerminalSocket, type Reachability } from './socket';

/** The other side of the wire, held by the test. */
class FakeWebSocket {
  readonly sent: (string | Uint8Array)[] = [];
  binaryType = '';
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;

  send(frame: string | Uint8Array) {
    this.sent.push(frame);
  }
  close() {
    this.serverCloses(1000);
  }

  serverAccepts() {
    this.readyState = 1;
    this.onopen?.();
  }
  serverPrints(text: string) {
    this.onmessage?.({ data: new TextEncoder().encode(`0${text}`).buffer });
  }
  serverCloses(code: number, reason = '') {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
}

const text = (frame: string | Uint8Array | undefined) =>
  typeof frame === 'string' ? frame : new TextDecoder().decode(frame);

function attach(reachability: Reachability = 'there') {
  const sockets: FakeWebSocket[] = [];
  const screen: string[] = [];
  const drawn: (() => void)[] = [];
  const onState = vi.fn();
  const terminal = new TerminalSocket({
    url: 'ws://berth/terminal',
    size: () => ({ columns: 80, rows: 24 }),
    probe: () => Promise.resolve(reachability),
    onOutput: (bytes, done) => {
      screen.push(text(bytes));
      drawn.push(done);
    },
    onReset: () => screen.push('<reset>'),
    onTitle: vi.fn(),
    onState,
    connect: () => {
      const socket = new FakeWebSocket();
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    random: () => 0,
  });
  const latest = () => sockets.at(-1) as FakeWebSocket;
  return { terminal, sockets, latest, screen, drawn, onState };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());
const settle = () => vi.advanceTimersByTimeAsync(0);

test('the size is told first, then keys go out and output comes in', () => {
  const { terminal, latest, screen } = attach();
  expect(terminal.state.kind).toBe('connecting');
  latest().serverAccepts();
  expect(terminal.state.kind).toBe('open');
  expect(terminal.send(new TextEncoder().encode('ls\r'))).toBe(true);
  terminal.resize({ columns: 100, rows: 30 });
  latest().serverPrints('file');
  expect(latest().sent.map(text)).toEqual([
    '{"AuthToken":"","columns":80,"rows":24}',
    '0ls\r',
    '1{"columns":100,"rows":30}',
  ]);
  expect(screen).toEqual(['file']);
});

test('a lost connection is made again, and the screen is reset before the snapshot', async () => {
  const { latest, sockets, screen, terminal } = attach();
  latest().serverAccepts();
  latest().serverPrints('before');
  latest().serverCloses(1006);
  await settle();
  expect(terminal.state).toEqual({ kind: 'waiting', attempt: 1, delay: RETRY_FIRST_MS, reason: '' });
  await vi.advanceTimersByTimeAsync(RETRY_FIRST_MS);
  latest().serverAccepts();
  latest().serverPrints('snapshot');
  latest().serverPrints('after');
  expect(sockets).toHaveLength(2);
  expect(screen).toEqual(['before', '<reset>', 'snapshot', 'after']);
});

test('the pauses grow to the longest and start anew once something was seen', async () => {
  const { latest, terminal, onState } = attach('unreachable');
  for (let attempt = 0; attempt < 8; attempt += 1) {
    latest().serverCloses(1006);
    await settle();
    if (attempt < 7) await vi.advanceTimersByTimeAsync(RETRY_LONGEST_MS);
  }
  const delays = onState.mock.calls.map(([state]) => state).filter((state) => state.kind === 'waiting');
  expect(delays.map((state) => state.delay)).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);

  terminal.retryNow();
  latest().serverAccepts();
  latest().serverPrints('$ ');
  latest().serverCloses(1006);
  await settle();
  expect(terminal.state).toEqual({ kind: 'waiting', attempt: 1, delay: RETRY_FIRST_MS, reason: '' });
});

test('a server that refuses for now is asked again, and its reason is told', async () => {
  const { latest, terminal } = attach();
  latest().serverAccepts();
  latest().serverCloses(1013, 'the session has 16 terminals already');
  await settle();
  expect(terminal.state).toMatchObject({ kind: 'waiting', reason: 'the session has 16 terminals already' });
});

test.each([
  [1000, 'shell-ended'],
  [4404, 'session-gone'],
  [4401, 'logged-out'],
])('a close with %i is final: %s', async (code, kind) => {
  const { latest, sockets, terminal } = attach();
  latest().serverAccepts();
  latest().serverCloses(code);
  await vi.advanceTimersByTimeAsync(RETRY_LONGEST_MS);
  expect(terminal.state.kind).toBe(kind);
  expect(sockets).toHaveLength(1);
});

test.each(['session-gone', 'logged-out'] as const)(
  'a refused handshake is explained by asking over HTTP: %s',
  async (reachability) => {
    const { latest, terminal } = attach(reachability);
    latest().serverCloses(1006);
    await settle();
    expect(terminal.state.kind).toBe(reachability);
  },
);

test('what is typed without a connection is dropped', () => {
  const { terminal, latest } = attach();
  expect(terminal.send(new TextEncoder().encode('rm -r x\r'))).toBe(false);
  latest().serverAccepts();
  expect(latest().sent).toHaveLength(1);
});

test('output that is not drawn holds the server back until it is', () => {
  const { latest, drawn } = attach();
  latest().serverAccepts();
  latest().serverPrints('x'.repeat(PAUSE_ABOVE_BYTES + 1));
  expect(text(latest().sent.at(-1))).toBe('2');
  drawn.forEach((done) => done());
  expect(text(latest().sent.at(-1))).toBe('3');
});

test('drawing late output of a lost connection says nothing on the new one', async () => {
  const { latest, drawn } = attach();
  latest().serverAccepts();
  latest().serverPrints('x'.repeat(PAUSE_ABOVE_BYTES + 1));
  latest().serverCloses(1006);
  await vi.advanceTimersByTimeAsync(RETRY_FIRST_MS);
  latest().serverAccepts();
  drawn.forEach((done) => done());
  expect(latest().sent).toHaveLength(1);
});

test('a detached terminal stays detached', async () => {
  const { terminal, latest, sockets } = attach();
  latest().serverAccepts();
  terminal.dispose();
  await vi.advanceTimersByTimeAsync(RETRY_LONGEST_MS);
  expect(sockets).toHaveLength(1);
});
