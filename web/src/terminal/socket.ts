/**
 * One terminal of one session over a WebSocket that heals itself. Knows nothing of React or xterm.js.
 *
 * A lost connection is made again with growing pauses, for as long as the page is open. The server starts
 * every attachment with a snapshot of the screen, so what is shown is told to reset before the first output
 * of each connection but the first. What is typed while there is no connection is dropped, not kept: a line
 * that runs minutes later is worse than one that has to be typed again.
 */
import { FlowControl } from './flow';
import { SUBPROTOCOL, hello, input, pause, readFrame, resize, resume, type Size } from './protocol';

/** The pause before the first new attempt; doubled each time. */
export const RETRY_FIRST_MS = 250;
/** The longest pause between two attempts. */
export const RETRY_LONGEST_MS = 10_000;
/** The share of each pause that is left to chance, so that many browsers do not return at one instant. */
const RETRY_JITTER = 0.3;

/** `WebSocket.OPEN`. */
const READY_STATE_OPEN = 1;

/** Close codes with a meaning of their own; every other close is followed by a new attempt. */
const CLOSED_SHELL_ENDED = 1000;
const CLOSED_NOT_LOGGED_IN = 4401;
const CLOSED_NO_SESSION = 4404;

export type ConnectionState =
  | { kind: 'connecting' }
  | { kind: 'open' }
  /**
   * `attempt` counts from 1; the next attempt starts `delay` milliseconds after this was told. `reason` is what
   * the server said when it closed; empty when the line just broke.
   */
  | { kind: 'waiting'; attempt: number; delay: number; reason: string }
  /** The rest are final. */
  | { kind: 'shell-ended' }
  | { kind: 'session-gone' }
  | { kind: 'logged-out' };

/** Whether the session can be attached to: asked over HTTP when a WebSocket is refused without a reason. */
export type Reachability = 'there' | 'session-gone' | 'logged-out' | 'unreachable';

export interface TerminalSocketOptions {
  /** The address, `ws:` or `wss:`. */
  url: string;
  /** The size of the terminal at the time of asking. */
  size: () => Size;
  /** A browser tells a page nothing about a refused handshake; this asks what is the matter. */
  probe: () => Promise<Reachability>;
  /** Output to draw; `drawn` is to be called when that is done. */
  onOutput: (bytes: Uint8Array, drawn: () => void) => void;
  /** What is on the screen is stale: a snapshot follows. */
  onReset: () => void;
  onTitle: (title: string) => void;
  onState: (state: ConnectionState) => void;
  /** For tests. */
  connect?: (url: string, subprotocol: string) => WebSocket;
  random?: () => number;
}

export class TerminalSocket {
  readonly #options: TerminalSocketOptions;
  readonly #connect: (url: string, subprotocol: string) => WebSocket;
  readonly #random: () => number;
  #socket: WebSocket | null = null;
  #state: ConnectionState = { kind: 'connecting' };
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Failed attempts since the last output. */
  #attempts = 0;
  /** Something was drawn on an earlier connection. */
  #screenUsed = false;
  #disposed = false;

  constructor(options: TerminalSocketOptions) {
    this.#options = options;
    this.#connect = options.connect ?? ((url, subprotocol) => new WebSocket(url, subprotocol));
    this.#random = options.random ?? Math.random;
    this.#open();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Sends what a person typed; false when there is no connection to send it over. */
  send(bytes: Uint8Array): boolean {
    return this.#sendFrames(input(bytes));
  }

  /** Tells the size the terminal has now. */
  resize(size: Size): void {
    this.#sendFrames([resize(size)]);
  }

  /** Makes the next attempt now: the network is back, or a person asks for it. */
  retryNow(): void {
    if (this.#state.kind !== 'waiting') return;
    clearTimeout(this.#timer);
    this.#open();
  }

  /** Detaches for good. The shell goes on. */
  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #open(): void {
    this.#tell({ kind: 'connecting' });
    const socket = this.#connect(this.#options.url, SUBPROTOCOL);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;

    let opened = false;
    let resetFirst = this.#screenUsed;
    const flow = new FlowControl(
      () => this.#sendFrames([pause()], socket),
      () => this.#sendFrames([resume()], socket),
    );

    socket.onopen = () => {
      opened = true;
      socket.send(hello(this.#options.size()));
      this.#tell({ kind: 'open' });
    };
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (socket !== this.#socket || !(event.data instanceof ArrayBuffer)) return;
      const frame = readFrame(event.data);
      if (frame?.kind === 'title') this.#options.onTitle(frame.title);
      if (frame?.kind !== 'output') return;
      this.#attempts = 0;
      this.#screenUsed = true;
      if (resetFirst) this.#options.onReset();
      resetFirst = false;
      const { bytes } = frame;
      flow.handed(bytes.length);
      this.#options.onOutput(bytes, () => flow.drawn(bytes.length));
    };
    socket.onclose = (event: CloseEvent) => {
      if (socket !== this.#socket) return;
      this.#socket = null;
      void this.#closed(event, opened);
    };
  }

  async #closed({ code, reason }: CloseEvent, opened: boolean): Promise<void> {
    if (code === CLOSED_SHELL_ENDED && opened) return this.#tell({ kind: 'shell-ended' });
    if (code === CLOSED_NO_SESSION) return this.#tell({ kind: 'session-gone' });
    if (code === CLOSED_NOT_LOGGED_IN) return this.#tell({ kind: 'logged-out' });
    if (!opened) {
      const found = await this.#options.probe();
      if (this.#disposed) return;
      if (found === 'session-gone' || found === 'logged-out') return this.#tell({ kind: found });
    }
    this.#retryLater(reason);
  }

  #retryLater(reason: string): void {
    const exact = Math.min(RETRY_FIRST_MS * 2 ** this.#attempts, RETRY_LONGEST_MS);
    const delay = Math.round(exact * (1 - RETRY_JITTER * this.#random()));
    this.#attempts += 1;
    this.#tell({ kind: 'waiting', attempt: this.#attempts, delay, reason });
    this.#timer = setTimeout(() => this.#open(), delay);
  }

  #sendFrames(frames: Uint8Array<ArrayBuffer>[], socket = this.#socket): boolean {
    if (socket === null || socket !== this.#socket || socket.readyState !== READY_STATE_OPEN) return false;
    for (const frame of frames) socket.send(frame);
    return true;
  }

  #tell(state: ConnectionState): void {
    if (this.#disposed) return;
    this.#state = state;
    this.#options.onState(state);
  }
}
