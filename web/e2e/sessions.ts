/** The launcher, the list of sessions, and their details. */
import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { checkAccessibility, screenshot, waitForLine } from './browser';
import { answer, closeDrawer, drawer, question, said, step, type Walk } from './step';
import { openTerminal, typeLine } from './terminal';

export function pathField({ page, words }: Pick<Walk, 'page' | 'words'>, folder: string): Locator {
  return page.getByRole('textbox', { name: said(words.start.pathOf, { folder }), exact: true });
}

function ticked(page: Page, folder: string): Locator {
  return page.getByRole('checkbox', { name: folder, checked: true });
}

export function next({ page, words }: Pick<Walk, 'page' | 'words'>): Promise<void> {
  return page.getByRole('button', { name: words.start.next, exact: true }).click();
}

/** Through the first two steps of the launcher to the folders. */
async function toFolders(walk: Walk, name: string): Promise<void> {
  const { page, words } = walk;
  await page.getByRole('link', { name: words.sessions.start, exact: true }).first().click();
  const field = page.getByLabel(words.start.name, { exact: true });
  await field.fill('a b');
  await page.getByText(words.start.fault.characters).waitFor();
  await field.fill(name);
  await next(walk);
  await page.getByRole('heading', { name: words.start.resources, exact: true }).waitFor();
  await next(walk);
  await page.getByRole('heading', { name: words.start.step.folders, exact: true }).waitFor();
}

/** From the confirmation to the notification that the session is ready. */
async function launch({ page, words, language }: Walk, name: string): Promise<void> {
  await page.getByRole('button', { name: words.start.submit, exact: true }).click();
  const notice = page
    .locator('.ant-notification-notice')
    .filter({ hasText: said(words.sessions.ready, { name }) });
  await notice.waitFor();
  await notice.getByRole('button', { name: words.sessions.end }).waitFor();
  await screenshot(page, `walk-${language}-ready`);
}

/** The manual's session: both folders at their usual places. Its terminal is opened from the notification. */
export async function firstSession(walk: Walk): Promise<Page> {
  const { page, words, language, context } = walk;
  const name = `walk-${language}`;
  await step('the launcher goes through its steps', () => toFolders(walk, name));
  await step('the automounted folder needs no tick', async () => {
    await page.getByText(words.start.automount).waitFor();
    await page.getByText('/home/work/.local').waitFor();
  });
  await step('a search narrows the table, and what is ticked stays', async () => {
    await page.getByRole('checkbox', { name: 'user1-ml-test' }).check();
    await page.getByRole('searchbox').fill('USER2');
    await page.getByRole('checkbox', { name: 'user2-vfolder' }).check();
    await page.getByRole('checkbox', { name: 'user1-ml-test' }).waitFor();
    await page.getByRole('searchbox').fill('');
  });
  await step('a wrong path is refused with its reason', () => refusePaths(walk));
  await step('a name opens the explorer, and the launcher stays as it is', async () => {
    await page.getByRole('link', { name: 'user1-ml-test', exact: true }).click();
    await drawer(page).getByText(words.files.emptyTitle).waitFor();
    await closeDrawer(page);
    await ticked(page, 'user2-vfolder').waitFor();
    await page.reload();
    await ticked(page, 'user2-vfolder').waitFor();
  });
  await next(walk);
  await step('the confirmation shows everything, and the same as a command', async () => {
    await page.getByRole('heading', { name: words.start.curl, exact: true }).waitFor();
    for (const place of ['/home/work/user1-ml-test', '/home/work/user2-vfolder', '/home/work/.local']) {
      await page.getByText(place, { exact: true }).waitFor();
    }
    await page.getByRole('button', { name: words.start.curlCopy }).click();
    await page.getByRole('button', { name: words.app.copied }).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(copied, /^curl 'http.+\/api\/v1\/sessions'/);
    assert.ok(copied.includes(`"name": "${name}"`), copied);
    await screenshot(page, `walk-${language}-confirm`);
  });
  await step('the session starts', () => launch(walk, name));
  return step('its terminal opens from the notification', async () => {
    const [terminal] = await Promise.all([
      context.waitForEvent('page'),
      page.locator('.ant-notification-notice').getByRole('link', { name: words.sessions.terminal }).click(),
    ]);
    await waitForLine(terminal, /\$ *$/);
    return terminal;
  });
}

/** Wrong paths are told while they are typed, and nobody gets past them. */
async function refusePaths(walk: Walk): Promise<void> {
  const { page, words, language } = walk;
  const field = pathField(walk, 'user2-vfolder');
  const reasons: [string, string][] = [
    ['/etc/x', said(words.mounts.fault.system, { place: '/etc' })],
    ['../up', words.mounts.fault.parent],
    ['.bashrc', said(words.mounts.fault.reserved, { place: '.bashrc' })],
    ['user1-ml-test', said(words.mounts.conflict.same, { folder: 'user1-ml-test' })],
    [
      'user1-ml-test/inner',
      said(words.mounts.conflict.inside, { folder: 'user1-ml-test', path: '/home/work/user1-ml-test' }),
    ],
  ];
  for (const [path, reason] of reasons) {
    await field.fill(path);
    await page.getByText(reason).waitFor();
  }
  await field.fill('/etc/x');
  await next(walk);
  await page.getByText(words.start.faults).waitFor();
  await field.and(page.locator(':focus')).waitFor();
  await screenshot(page, `walk-${language}-reserved-path`);
  await field.fill('');
}

/** A folder at an absolute path, and one that is created on the spot. */
export async function secondSession(walk: Walk): Promise<void> {
  const { page, words, language } = walk;
  const name = `workspace-${language}`;
  await page.goto('/sessions');
  await toFolders(walk, name);
  await page.getByRole('checkbox', { name: 'user2-vfolder' }).check();
  await pathField(walk, 'user2-vfolder').fill('/workspace');
  await page.getByRole('button', { name: words.start.createFolder }).click();
  await question(page).getByLabel(words.folders.name, { exact: true }).fill('made-on-the-spot');
  await answer(page, words.folders.createSubmit);
  await ticked(page, 'made-on-the-spot').waitFor();
  await page
    .getByRole('switch', { name: said(words.start.readOnlyOf, { folder: 'made-on-the-spot' }) })
    .click();
  await screenshot(page, `walk-${language}-folders`);
  await next(walk);
  await launch(walk, name);

  const terminal = await openTerminal(walk, name);
  await typeLine(terminal, 'cat /workspace/test_file');
  await waitForLine(terminal, /^file inside user2-vfolder$/);
  await typeLine(terminal, 'touch made-on-the-spot/x || echo refused-$((40+2))');
  await waitForLine(terminal, /^refused-42$/);
  await terminal.close();
}

/** The details of the second session, over the list; it is ended from there. */
export async function endFromDrawer(walk: Walk): Promise<void> {
  const { page, words, language } = walk;
  const name = `workspace-${language}`;
  await page.goto('/sessions');
  await page.getByRole('searchbox').fill('made-on');
  await page.getByRole('link', { name, exact: true }).click();
  await drawer(page).getByText('/workspace', { exact: true }).waitFor();
  await drawer(page).getByText(words.sessions.inUse).waitFor();
  await checkAccessibility(page, `details ${language}`);
  await screenshot(page, `walk-${language}-details`);

  const actions = drawer(page).locator('.ant-drawer-extra');
  const buttons = await actions.locator('a, button').allTextContents();
  assert.deepEqual(
    buttons.slice(-2).map((text) => text.trim()),
    [words.sessions.terminal, words.sessions.end],
    'the terminal is second from the right',
  );
  await page.reload(); // the address holds what is open, and what was searched for
  await drawer(page).getByText('/workspace', { exact: true }).waitFor();
  assert.equal(await page.getByRole('searchbox').inputValue(), 'made-on');

  await drawer(page).getByRole('link', { name: 'user2-vfolder', exact: true }).click();
  await drawer(page).getByText('test_file').waitFor();
  await page.goBack();
  await drawer(page).getByText('/workspace', { exact: true }).waitFor();

  await actions.getByRole('button', { name: words.sessions.end }).click();
  await answer(page, words.sessions.end);
  await drawer(page).locator('.drawer-title').getByText(words.sessions.statusName.TERMINATED).waitFor();
  await closeDrawer(page);
}

export async function batchSession(walk: Walk): Promise<void> {
  const { page, words, language } = walk;
  const name = `batch-${language}`;
  await page.goto('/sessions/start');
  await page.getByRole('radio', { name: words.sessions.typeName.batch }).check();
  await page.getByLabel(words.start.name, { exact: true }).fill(name);
  await next(walk);
  await page.getByText(words.start.commandFault.empty).waitFor();
  await page.getByLabel(words.start.command, { exact: true }).fill('echo batch-$((40+2))\nexit 3');
  await screenshot(page, `walk-${language}-batch`);
  await page.getByRole('button', { name: words.start.review, exact: true }).click();
  await page.getByText(words.start.nothingChosen).first().waitFor();
  await launch(walk, name);

  await page.locator('.ant-segmented').getByText(words.sessions.over).click();
  await page.getByRole('link', { name, exact: true }).click();
  await drawer(page).getByText('batch-42').waitFor();
  await screenshot(page, `walk-${language}-batch-details`);
  await closeDrawer(page);
}
