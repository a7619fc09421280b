/** brew: what is installed in one session runs in the next, of another environment. */
import type { Page } from 'playwright-core';
import { screenshot, waitForLine } from './browser';
import { createFolder } from './folders';
import { call, step, type Walk } from './step';
import { openTerminal, typeLine } from './terminal';

const FOLDER = '.linuxbrew';

/** A session by its own name, with its terminal open; the folder is in it unasked. */
async function begin(walk: Walk, name: string, environment?: string): Promise<Page> {
  await call(walk, 'POST', '/sessions', { name, environment });
  await walk.page.goto('/sessions');
  return openTerminal(walk, name);
}

async function end(walk: Walk, name: string, terminal: Page): Promise<void> {
  await terminal.close();
  await call(walk, 'DELETE', `/sessions/${name}`);
}

export async function installAndComeBack(walk: Walk): Promise<void> {
  const { page, language } = walk;
  await page.goto('/data');
  await step(`folder ${FOLDER} is created`, () => createFolder(walk, FOLDER));
  const [first, second] = [`brews-${language}`, `drinks-${language}`];
  await step('brew installs a program, which runs', async () => {
    const terminal = await begin(walk, first);
    await typeLine(terminal, 'brew install hello');
    await waitForLine(terminal, /Cellar\/hello\/[0-9.]+: \d+ files/);
    await waitForLine(terminal, /\$ *$/);
    await typeLine(terminal, 'hello');
    await waitForLine(terminal, /^Hello, world!$/);
    await screenshot(terminal, `walk-${language}-brew`);
    await end(walk, first, terminal);
  });
  await step('it runs in the next session, of another environment', async () => {
    const terminal = await begin(walk, second, 'base');
    await typeLine(terminal, 'hello');
    await waitForLine(terminal, /^Hello, world!$/);
    await typeLine(terminal, 'brew list --versions');
    await waitForLine(terminal, /^hello [0-9.]+$/);
    await end(walk, second, terminal);
  });
  const folder = (await (await call(walk, 'GET', `/folders/${FOLDER}`)).json()) as { id: string };
  await call(walk, 'DELETE', `/folders/${folder.id}`);
  await call(walk, 'DELETE', `/folders/${folder.id}?purge=true`); // in the trash it has no name
}
