/** The pages without a mouse. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { drawer, question, type Walk } from './step';

/** More keys than any page takes to be gone through once. */
const TABS_MAX = 80;

/** Presses Tab until what is focused is called `name`. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let count = 0; count < TABS_MAX; count += 1) {
    await page.keyboard.press('Tab');
    const called = await page.evaluate(() => {
      const { activeElement: focused } = document;
      return focused?.getAttribute('aria-label') ?? focused?.textContent?.trim() ?? '';
    });
    if (called === name) return;
  }
  assert.fail(`no key leads to ${name}`);
}

const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');

/** A folder is looked into, and another one asked for, by keys alone. */
export async function keysAlone({ page, words }: Walk): Promise<void> {
  await page.goto('/data');
  await page.getByRole('link', { name: 'user2-vfolder', exact: true }).waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await focused(page), words.app.skip);
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'content');

  await tabTo(page, words.folders.create);
  await page.keyboard.press('Enter');
  await question(page).waitFor();
  await page.keyboard.type('a/b');
  await question(page).getByText(words.folders.fault.slash).waitFor();
  await page.keyboard.press('Escape');
  await question(page).waitFor({ state: 'detached' });

  await tabTo(page, 'user2-vfolder');
  await page.keyboard.press('Enter');
  await drawer(page).getByText('test_file').waitFor();
  await tabTo(page, 'test_file');
  await page.keyboard.press('Enter');
  await page.locator('.file-view textarea').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.file-view').waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await page.locator('.ant-drawer-open').waitFor({ state: 'detached' });
}
