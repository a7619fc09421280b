/** What every step of the walk has, and the few things all of them do. */
import type { BrowserContext, Locator, Page } from 'playwright-core';
import type { Complaints, Language, Words } from './browser';
import type { Files } from './local';
import type { Server } from './server';

export interface Walk {
  server: Server;
  context: BrowserContext;
  page: Page;
  words: Words;
  language: Language;
  complaints: Complaints;
  /** Files on the person's own computer. */
  files: Files;
}

export async function step<T>(name: string, run: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await run();
  console.log(`ok  ${name} (${Math.round(performance.now() - start)} ms)`);
  return result;
}

/** A sentence of the translations with its blanks filled in. */
export function said(text: string, values: Record<string, string | number>): string {
  return text.replace(/{{(\w+)}}/g, (_, name: string) => String(values[name]));
}

/** The window in front that asks something. Drawers are dialogs, too. */
export function question(page: Page): Locator {
  return page.locator('.ant-modal:visible').last();
}

/**
 * Types a name into the question that is asked, and looks whether it is there, as a person does before they answer: a
 * window that still opens moves the focus while a robot types already.
 */
export async function typeName(page: Page, name: string): Promise<void> {
  const field = question(page).getByRole('textbox');
  await field.fill(name);
  const there = await field.inputValue();
  if (there === name) return;
  console.log(`--  ${JSON.stringify(name)} was typed, and ${JSON.stringify(there)} is there: once more`);
  await field.fill(name);
}

/**
 * Answers the question that is asked, and waits until that very window is gone, with what it laid over the page. The
 * next one may be there already.
 */
export async function answer(page: Page, button: string): Promise<void> {
  await question(page).waitFor();
  const asked = await question(page).elementHandle();
  const root = await question(page).evaluateHandle((window) => window.closest('.ant-modal-root'));
  await question(page).getByRole('button', { name: button, exact: true }).click();
  await asked?.waitForElementState('hidden');
  await page.waitForFunction(
    (left) => left === null || [...left.children].every((part) => !part.checkVisibility()),
    root,
  );
}

/** The drawer that is open. */
export function drawer(page: Page): Locator {
  return page.locator('.ant-drawer-open .ant-drawer-section');
}

export async function closeDrawer(page: Page): Promise<void> {
  await drawer(page).locator('.ant-drawer-close').click();
  await page.locator('.ant-drawer-open').waitFor({ state: 'detached' });
}

/** A call of the API in the name of who is logged in. */
export async function call(walk: Pick<Walk, 'context'>, method: string, path: string, data?: unknown) {
  const response = await walk.context.request.fetch(`/api/v1${path}`, { method, data });
  if (!response.ok()) throw new Error(`${method} ${path}: ${response.status()} ${await response.text()}`);
  return response;
}
