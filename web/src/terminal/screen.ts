/** xterm.js with everything Berth adds to it, behind the few things the page needs. */
import { ClipboardAddon } from '@xterm/addon-clipboard';
import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon, type ISearchOptions } from '@xterm/addon-search';
import { UnicodeGraphemesAddon } from '@xterm/addon-unicode-graphemes';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal, type ITheme } from '@xterm/xterm';
import { MONOSPACE } from '../app/theme';
import type { Size } from './protocol';

/** Lines kept above the screen. */
const SCROLLBACK_LINES = 10_000;

/** The most text a program in the session may put on the person's clipboard (OSC 52). */
const CLIPBOARD_CHARACTERS_MAX = 1 << 20;

/** "Reset to initial state", as output, so that it comes after everything handed over before. */
const RESET = '\u001bc';

const encoder = new TextEncoder();

export interface ScreenOptions {
  fontSize: number;
  colours: ITheme;
  /** What a screen reader calls the place where one types. */
  label: string;
  onInput: (bytes: Uint8Array) => void;
  onResize: (size: Size) => void;
  /** Ctrl+Shift+F was pressed. */
  onSearch: () => void;
  /** What was searched for is the `index`th of `count` matches, from 1; 0 when there is none. */
  onMatches: (index: number, count: number) => void;
}

export class Screen {
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #search = new SearchAddon();
  readonly #observer: ResizeObserver;
  readonly #onInput: (bytes: Uint8Array) => void;
  #frame = 0;

  constructor(element: HTMLElement, options: ScreenOptions) {
    this.#onInput = options.onInput;
    const terminal = new Terminal({
      allowProposedApi: true, // the widths of graphemes and the marks of search results
      cursorBlink: true,
      fontFamily: MONOSPACE,
      fontSize: options.fontSize,
      lineHeight: 1.1,
      linkHandler: { activate: (_, address) => openLink(address) },
      macOptionIsMeta: true,
      minimumContrastRatio: 4.5,
      scrollback: SCROLLBACK_LINES,
      theme: options.colours,
    });
    this.#terminal = terminal;

    terminal.loadAddon(this.#fit);
    terminal.loadAddon(this.#search);
    terminal.loadAddon(new UnicodeGraphemesAddon());
    terminal.loadAddon(new WebLinksAddon((_, address) => openLink(address)));
    // Programs may put text on the clipboard, but never read what is there.
    terminal.loadAddon(new ClipboardAddon(undefined, { readText: () => '', writeText: writeClipboard }));
    terminal.attachCustomKeyEventHandler((event) => this.#ownKey(event, options.onSearch));
    terminal.open(element);
    terminal.textarea?.setAttribute('aria-label', options.label);
    this.#fit.fit();
    void this.#drawWithWebgl();

    terminal.onData((text) => this.#onInput(encoder.encode(text)));
    terminal.onBinary((text) => this.#onInput(Uint8Array.from(text, (letter) => letter.charCodeAt(0))));
    terminal.onResize(({ cols, rows }) => options.onResize({ columns: cols, rows }));
    this.#search.onDidChangeResults(({ resultIndex, resultCount }) =>
      options.onMatches(resultIndex + 1, resultCount),
    );

    // At most one fit a frame: dragging a window tells of every pixel.
    this.#observer = new ResizeObserver(() => {
      cancelAnimationFrame(this.#frame);
      this.#frame = requestAnimationFrame(() => this.#fit.fit());
    });
    this.#observer.observe(element);
  }

  get size(): Size {
    return { columns: this.#terminal.cols, rows: this.#terminal.rows };
  }

  /** Did a program ask for cursor keys of its own? */
  get applicationCursorKeys(): boolean {
    return this.#terminal.modes.applicationCursorKeysMode;
  }

  write(bytes: Uint8Array, drawn: () => void): void {
    this.#terminal.write(bytes, drawn);
  }

  /** Forgets what was shown, after all output handed over before. */
  reset(): void {
    this.#terminal.write(RESET);
  }

  /** Types for the person: a key of the on-screen row. */
  type(text: string): void {
    this.#onInput(encoder.encode(text));
  }

  focus(): void {
    this.#terminal.focus();
  }

  /** Takes no input any more, and shows so. */
  freeze(frozen: boolean): void {
    this.#terminal.options.disableStdin = frozen;
    this.#terminal.options.cursorBlink = !frozen;
  }

  look({ colours, fontSize }: { colours: ITheme; fontSize: number }): void {
    this.#terminal.options.theme = colours;
    this.#terminal.options.fontSize = fontSize;
    this.#fit.fit();
  }

  findNext(text: string): void {
    this.#search.findNext(text, searchOptions());
  }

  findPrevious(text: string): void {
    this.#search.findPrevious(text, searchOptions());
  }

  endSearch(): void {
    this.#search.clearDecorations();
    this.#terminal.clearSelection();
    this.focus();
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    this.#observer.disconnect();
    this.#terminal.dispose();
  }

  /** Keys of ours, which the program does not get: false keeps xterm.js from sending them. */
  #ownKey(event: KeyboardEvent, onSearch: () => void): boolean {
    if (!event.ctrlKey || !event.shiftKey || event.altKey || event.metaKey) return true;
    switch (event.code) {
      case 'KeyC':
        event.preventDefault(); // browsers open their tools
        if (event.type === 'keydown') copy(this.#terminal.getSelection());
        return false;
      case 'KeyV':
        return false; // the browser pastes, and xterm.js hears of that
      case 'KeyF':
        event.preventDefault();
        if (event.type === 'keydown') onSearch();
        return false;
      default:
        return true;
    }
  }

  /** WebGL draws several times faster; where there is none, the terminal goes on drawing with elements. */
  async #drawWithWebgl(): Promise<void> {
    try {
      const { WebglAddon } = await import('@xterm/addon-webgl');
      const webgl = new WebglAddon();
      webgl.onContextLoss(() => webgl.dispose());
      this.#terminal.loadAddon(webgl);
    } catch {
      // No WebGL here.
    }
  }
}

function searchOptions(): ISearchOptions {
  return {
    decorations: {
      matchBackground: '#7a5c00',
      matchOverviewRuler: '#e0b45c',
      activeMatchBackground: '#c07a00',
      activeMatchColorOverviewRuler: '#ff9d00',
    },
  };
}

function openLink(address: string): void {
  if (/^https?:/i.test(address)) window.open(address, '_blank', 'noopener,noreferrer');
}

/** With or without the clipboard interface, which browsers offer on secure connections only. */
function copy(text: string): void {
  if (text === '') return;
  if (window.isSecureContext) void writeClipboard('c', text);
  else document.execCommand('copy'); // xterm.js answers the event with its selection
}

async function writeClipboard(_: string, text: string): Promise<void> {
  if (text.length > CLIPBOARD_CHARACTERS_MAX || !window.isSecureContext) return;
  await navigator.clipboard.writeText(text).catch(() => undefined);
}
