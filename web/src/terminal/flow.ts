/**
 * Flow control of one connection: how much output the terminal has been handed and has not drawn yet, and
 * when the server is to hold back. Without it a program that prints for ever fills the browser's memory.
 */

/** Above this much undrawn output the server is asked to pause: about a tenth of a second of drawing. */
export const PAUSE_ABOVE_BYTES = 512 * 1024;
/** Below this much it is asked to go on; well above zero, so that the terminal never runs dry. */
export const RESUME_BELOW_BYTES = 128 * 1024;

export class FlowControl {
  /** Bytes handed over and not yet called back. */
  #pendingBytes = 0;
  #paused = false;
  readonly #pause: () => void;
  readonly #resume: () => void;

  constructor(pause: () => void, resume: () => void) {
    this.#pause = pause;
    this.#resume = resume;
  }

  /** `bytes` were handed to the terminal. */
  handed(bytes: number): void {
    this.#pendingBytes += bytes;
    if (!this.#paused && this.#pendingBytes > PAUSE_ABOVE_BYTES) {
      this.#paused = true;
      this.#pause();
    }
  }

  /** `bytes` were drawn. */
  drawn(bytes: number): void {
    this.#pendingBytes -= bytes;
    if (this.#paused && this.#pendingBytes < RESUME_BELOW_BYTES) {
      this.#paused = false;
      this.#resume();
    }
  }
}
