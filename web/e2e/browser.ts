/** The browser of the walk: pages that fail when the page complains, screenshots, accessibility. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import en from '../src/i18n/en.json';
import ko from '../src/i18n/ko.json';

/** Long enough for a machine that is busy with other things. */
const STEP_TIMEOUT_MS = Number(process.env['BERTH_STEP_TIMEOUT_MS'] ?? 60_000);
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export type Words = typeof en;
// Korean has fewer endings of plurals; the walk names none of them.
export const WORDS = { en, ko: ko as unknown as Words };
export type Language = keyof typeof WORDS;

export const WIDE = { width: 1280, height: 800 };
export const NARROW = { width: 390, height: 844 };

export interface Look {
  language: Language;
  dark: boolean;
  size: { width: number; height: number };
}

export function startBrowser(): Promise<Browser> {
  const executablePath = process.env['BERTH_CHROMIUM'] ?? '/usr/bin/chromium';
  return chromium.launch({ executablePath, headless: true, args: FLAGS });
}

/** A person's browser: its language and appearance are those of the system, as Berth finds them. */
export async function person(browser: Browser, url: string, look: Look): Promise<BrowserContext> {
  const context = await browser.newContext({
    baseURL: url,
    locale: look.language === 'ko' ? 'ko-KR' : 'en-GB',
    colorScheme: look.dark ? 'dark' : 'light',
    viewport: look.size,
    reducedMotion: 'reduce', // a button that still moves can be missed
    hasTouch: look.size === NARROW,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  context.setDefaultTimeout(STEP_TIMEOUT_MS);
  // Without WebGL the terminal draws with elements, whose text can be read.
  await context.addInitScript(() => {
    HTMLCanvasElement.prototype.getContext = () => null;
  });
  return context;
}

/** How a page finds out that nobody is logged in. */
const NOBODY_YET = /\/api\/v1\/me: .*status of 401/;

/** What pages complained about; the walk fails when there is anything. */
export class Complaints {
  readonly #lines: string[] = [];
  /** Complaints that a step provokes on purpose. */
  #expected: RegExp | null = null;

  watch(context: BrowserContext): void {
    context.on('weberror', (error) => this.#add(`error: ${error.error().stack ?? String(error.error())}`));
    context.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        this.#add(`${message.type()} at ${message.location().url}: ${message.text()}`);
      }
    });
  }

  /** Runs `step`, in which complaints like `pattern` belong to what is tried. */
  async expecting<T>(pattern: RegExp, step: () => Promise<T>): Promise<T> {
    this.#expected = pattern;
    try {
      return await step();
    } finally {
      this.#expected = null;
    }
  }

  check(): void {
    if (this.#lines.length > 0) throw new Error(`the pages complained:\n${this.#lines.join('\n')}`);
  }

  #add(line: string): void {
    if (!NOBODY_YET.test(line) && !this.#expected?.test(line)) this.#lines.push(line);
  }
}

const screenshots =
  process.env['BERTH_SCREENSHOTS'] ?? path.resolve(import.meta.dirname, '../../target/screenshots');

export async function screenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path.join(screenshots, `${name}.png`), animations: 'disabled' });
}

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Fails when axe finds something serious or critical on the page. */
export async function checkAccessibility(page: Page, name: string): Promise<void> {
  await page.evaluate(axeSource);
  const found = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: () => Promise<{ violations: Violation[] }> } };
    return (await axe.run()).violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  });
  if (found.length === 0) return;
  const lines = found.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html}\n   ${node.failureSummary}`),
  );
  throw new Error(`${name} is hard to use for some people:\n${lines.join('\n')}`);
}

interface Violation {
  id: string;
  impact: string;
  nodes: { html: string; failureSummary: string }[];
}

/** What the terminal shows, without the blanks at the ends of lines. */
export async function terminalText(page: Page): Promise<string> {
  const rows = await page.locator('.front .xterm-rows > div').allTextContents();
  return rows.map((row) => row.replaceAll('\u00a0', ' ').trimEnd()).join('\n');
}

/** Waits until the terminal shows a line that `wanted` describes. */
export async function waitForLine(page: Page, wanted: RegExp): Promise<void> {
  const until = Date.now() + STEP_TIMEOUT_MS;
  let text = '';
  while (Date.now() < until) {
    text = await terminalText(page);
    if (text.split('\n').some((line) => wanted.test(line))) return;
    await page.waitForTimeout(50);
  }
  throw new Error(`the terminal never showed ${wanted}; it shows:\n${text}`);
}
