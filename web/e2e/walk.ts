/**
 * The walk through the user manual, in a real browser against a real server: folders are created, mounted in a
 * session, written to from its terminal, and found again after it has ended. Once in English, once in Korean;
 * afterwards every page is looked at in both languages, light and dark, wide and narrow.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { BrowserContext, Page } from 'playwright-core';
import {
  checkAccessibility,
  Complaints,
  NARROW,
  person,
  screenshot,
  startBrowser,
  waitForLine,
  WIDE,
  WORDS,
  type Language,
  type Look,
  type Words,
} from './browser';
import { startServer, type Server } from './server';

const CONTENT = 'file inside user2-vfolder\n';

interface Walk {
  server: Server;
  context: BrowserContext;
  page: Page;
  words: Words;
  language: Language;
  complaints: Complaints;
}

async function step<T>(name: string, run: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await run();
  console.log(`ok  ${name} (${Math.round(performance.now() - start)} ms)`);
  return result;
}

async function logIn({ page, words, server }: Walk): Promise<void> {
  await page.getByLabel(words.login.email).fill(server.email);
  await page.getByLabel(words.login.password, { exact: true }).fill(server.password);
  await page.getByRole('button', { name: words.login.submit, exact: true }).click();
  await page.getByRole('heading', { name: words.sessions.title, exact: true }).waitFor();
}

async function wrongPassword({ page, words, server, complaints }: Walk): Promise<void> {
  await complaints.expecting(/status of 401/, async () => {
    await page.getByLabel(words.login.email).fill(server.email);
    await page.getByLabel(words.login.password, { exact: true }).fill('not the password');
    await page.getByRole('button', { name: words.login.submit, exact: true }).click();
    await page.getByRole('alert').waitFor();
  });
}

async function createFolder({ page, words }: Walk, name: string): Promise<void> {
  await page.getByRole('button', { name: words.folders.create }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(words.folders.name).fill(name);
  await confirm(page, words.folders.createSubmit);
}

/** A bad name is explained while it is typed, and not sent. */
async function refuseFolderName({ page, words }: Walk): Promise<void> {
  await page.getByRole('button', { name: words.folders.create }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(words.folders.name).fill('a/b');
  await dialog.getByText(words.folders.fault.slash).waitFor();
  await dialog.getByLabel(words.folders.name).fill('.ssh');
  await dialog.getByText(words.folders.fault.reserved).waitFor();
  await confirm(page, words.app.cancel);
}

function pathField(page: Page, words: Words, folder: string) {
  return page.getByRole('textbox', { name: words.start.pathOf.replace('{{folder}}', folder) });
}

async function startSession(walk: Walk, name: string): Promise<void> {
  const { page, words } = walk;
  await page.getByRole('link', { name: words.sessions.start, exact: true }).click();
  await page.getByLabel(words.start.name, { exact: true }).fill(name);
  await page.getByRole('checkbox', { name: 'user1-ml-test' }).check();
  await page.getByRole('checkbox', { name: 'user2-vfolder' }).check();

  await step('a reserved path is refused with its reason', async () => {
    const field = pathField(page, words, 'user2-vfolder');
    await field.fill('/etc/x');
    await page.getByText(words.mounts.fault.system.replace('{{place}}', '/etc')).waitFor();
    await screenshot(page, `walk-${walk.language}-reserved-path`);
    await page.getByRole('button', { name: words.start.submit, exact: true }).click();
    await page.getByText(words.start.faults).waitFor();
    assert.equal(await field.evaluate((element) => element === document.activeElement), true);
    await field.fill('user1-ml-test');
    await page.getByText(words.mounts.conflict.same.replace('{{folder}}', 'user1-ml-test')).waitFor();
    await field.fill('');
  });
  await page.getByRole('button', { name: words.start.submit, exact: true }).click();
  await page.getByText(words.sessions.ready.replace('{{name}}', name)).waitFor();
  await screenshot(page, `walk-${walk.language}-ready`);
}

async function openTerminal({ context, page, words }: Walk, name: string): Promise<Page> {
  const row = page.getByRole('row', { name });
  const [terminal] = await Promise.all([
    context.waitForEvent('page'),
    row.getByRole('link', { name: words.sessions.terminal }).click(),
  ]);
  await terminal.locator('.xterm-rows').waitFor();
  await waitForLine(terminal, /\$ *$/);
  return terminal;
}

async function typeInTerminal(walk: Walk, terminal: Page): Promise<void> {
  const run = async (command: string) => {
    await terminal.keyboard.type(command);
    await terminal.keyboard.press('Enter');
  };
  await step('ls shows both folders', async () => {
    await run('ls');
    await waitForLine(terminal, /user1-ml-test\s+user2-vfolder/);
  });
  await step('a file is written and shown', async () => {
    await run('echo "file inside user2-vfolder" > user2-vfolder/test_file');
    await run('cat user2-vfolder/test_file');
    await waitForLine(terminal, /^file inside user2-vfolder$/);
  });
  await step('Hangul is two cells wide', async () => {
    await run("printf '%s|\\n' 한글 abcd");
    await waitForLine(terminal, /^한글\|$/);
    const [hangul, latin] = await Promise.all(
      ['한글|', 'abcd|'].map((text) =>
        terminal.locator('.xterm-rows > div', { hasText: text }).last().evaluate(widthOfText),
      ),
    );
    assert.ok(Math.abs((hangul ?? 0) - (latin ?? 1)) < 1.5, `Hangul ${hangul} px, Latin ${latin} px`);
  });
  await step('a cut line heals, and the screen is as it was', async () => {
    await walk.complaints.expecting(/WebSocket|ERR_/, async () => {
      walk.server.cut();
      await terminal.locator('.dot:not(.open)').waitFor({ state: 'attached' });
      await terminal.locator('.dot.open').waitFor({ state: 'attached' });
    });
    await waitForLine(terminal, /^file inside user2-vfolder$/);
    await terminal.locator('.xterm-helper-textarea').focus();
    await run('echo again-$((40+2))');
    await waitForLine(terminal, /^again-42$/);
  });
  await step('search finds what was shown', async () => {
    await terminal.keyboard.press('Control+Shift+F');
    await terminal.keyboard.type('test_file');
    await terminal.getByRole('status').filter({ hasText: /\d/ }).waitFor();
    await screenshot(terminal, `walk-${walk.language}-search`);
    await terminal.keyboard.press('Escape');
  });
  await step('reloading shows the same screen', async () => {
    await terminal.reload();
    await waitForLine(terminal, /^again-42$/);
  });
  await screenshot(terminal, `walk-${walk.language}-terminal`);
}

/** The width of the glyphs of a row, without the blanks behind them. */
function widthOfText(row: Element): number {
  const spans = [...row.querySelectorAll('span')].filter((span) => span.textContent?.trim() !== '');
  const boxes = spans.map((span) => span.getBoundingClientRect());
  return Math.max(...boxes.map((box) => box.right)) - Math.min(...boxes.map((box) => box.left));
}

async function endSession({ page, words }: Walk, name: string, terminal: Page): Promise<void> {
  await page.bringToFront();
  await page.getByRole('row', { name }).getByRole('button', { name: words.sessions.end }).click();
  await page.getByRole('dialog').getByText('user1-ml-test').waitFor();
  await confirm(page, words.sessions.end);
  await page.getByText(words.sessions.ended.replace('{{name}}', name)).waitFor();
  await page.getByRole('row', { name }).waitFor({ state: 'detached' });
  await terminal.getByText(words.terminal.sessionGone).waitFor();
}

async function download({ page, words }: Walk): Promise<void> {
  await page.getByRole('link', { name: words.app.data, exact: true }).first().click();
  await page.getByRole('link', { name: 'user2-vfolder', exact: true }).click();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: words.files.downloadOf.replace('{{name}}', 'test_file') }).click(),
  ]);
  assert.equal(file.suggestedFilename(), 'test_file');
  assert.equal(await readFile(await file.path(), 'utf8'), CONTENT);
}

async function workWithFiles({ page, words, language }: Walk): Promise<void> {
  const create = async (name: string) => {
    await page.getByRole('button', { name: words.files.newDirectory }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(words.files.directoryName).fill(name);
    await confirm(page, words.files.createSubmit);
  };
  await create('결과 1');
  await page.getByRole('link', { name: '결과 1', exact: true }).click();
  await page.getByRole('heading', { name: words.files.emptyTitle }).waitFor();

  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: words.files.upload }).click(),
  ]);
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256));
  await chooser.setFiles([{ name: '50% #1?.bin', mimeType: 'application/octet-stream', buffer: bytes }]);
  const link = page.getByRole('link', { name: words.files.downloadOf.replace('{{name}}', '50% #1?.bin') });
  await link.waitFor();
  await page
    .getByRole('complementary', { name: words.files.uploads })
    .getByText(words.files.uploadState.done)
    .waitFor();
  await screenshot(page, `walk-${language}-uploaded`);
  const [file] = await Promise.all([page.waitForEvent('download'), link.click()]);
  assert.ok(bytes.equals(await readFile(await file.path())), 'the upload came back changed');

  await page.reload();
  await link.waitFor(); // the address holds the directory
  await page.goBack();
  await page.getByRole('link', { name: '결과 1', exact: true }).waitFor();
  await page.getByRole('button', { name: words.files.deleteOf.replace('{{name}}', '결과 1') }).click();
  await confirm(page, words.files.delete);
  await page.getByRole('link', { name: '결과 1', exact: true }).waitFor({ state: 'detached' });
}

/** Answers the question that is asked. */
async function confirm(page: Page, answer: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: answer, exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}

async function deleteFolder({ page, words }: Walk, name: string): Promise<void> {
  await page
    .getByRole('row', { name })
    .getByRole('button', { name: words.folders.deleteOf.replace('{{name}}', name) })
    .click();
  await confirm(page, words.folders.deleteSubmit);
  await page.getByRole('row', { name }).waitFor({ state: 'detached' });
}

/** The manual's steps, from the first to the last. */
async function walkThrough(walk: Walk): Promise<void> {
  const { page, words, language } = walk;
  const session = `walk-${language}`;
  await page.goto('/data');
  await step('a wrong password is refused', () => wrongPassword(walk));
  await step('logging in leads back to the page that was asked for', async () => {
    await page.getByLabel(words.login.password, { exact: true }).fill(walk.server.password);
    await page.getByRole('button', { name: words.login.submit, exact: true }).click();
    await page.getByRole('heading', { name: words.folders.title, exact: true }).waitFor();
  });
  await step('bad folder names are explained', () => refuseFolderName(walk));
  for (const name of ['user1-ml-test', 'user2-vfolder', '.local']) {
    await step(`folder ${name} is created`, async () => {
      await createFolder(walk, name);
      await page.getByRole('row', { name }).waitFor();
    });
  }
  await page.getByRole('link', { name: words.app.sessions, exact: true }).click();
  await step('a session starts with both folders', () => startSession(walk, session));
  const terminal = await step('its terminal opens', () => openTerminal(walk, session));
  await typeInTerminal(walk, terminal);
  await step('the session ends, and its terminal says so', () => endSession(walk, session, terminal));
  await screenshot(terminal, `walk-${language}-session-gone`);
  await terminal.close();
  await step('the file is still there, byte for byte', () => download(walk));
  await step('directories and uploads', () => workWithFiles(walk));
  await page.getByRole('link', { name: words.app.data, exact: true }).first().click();
  await step('deleting a folder can be undone', async () => {
    await deleteFolder(walk, 'user2-vfolder');
    await page.getByRole('button', { name: words.app.undo }).click();
    await page.getByRole('row', { name: 'user2-vfolder' }).waitFor();
  });
  for (const name of ['user1-ml-test', 'user2-vfolder', '.local']) {
    await step(`folder ${name} is deleted`, () => deleteFolder(walk, name));
  }
}

/** Every page in one language, appearance and width: looked at by axe, kept as pictures. */
async function lookAround(walk: Walk, look: Look): Promise<void> {
  const { page, words } = walk;
  const name = `${look.language}-${look.dark ? 'dark' : 'light'}-${look.size === NARROW ? 'narrow' : 'wide'}`;
  const see = async (what: string) => {
    await page.waitForLoadState('networkidle');
    await checkAccessibility(page, `${what} ${name}`);
    const spill = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(spill <= 0, `${what} ${name} is ${spill} pixels too wide`);
    await screenshot(page, `${what}-${name}`);
  };
  await page.goto('/login');
  await page.getByLabel(words.login.email).waitFor();
  await see('login');
  await logIn(walk);
  await page.getByText('look-around').first().waitFor();
  await see('sessions');
  await page.goto('/sessions?show=ended');
  await see('sessions-ended');
  await page.goto('/sessions/start');
  await page.getByRole('checkbox', { name: 'project-data' }).check();
  await page.getByRole('checkbox', { name: 'user1-ml-test' }).check();
  await pathField(page, words, 'user1-ml-test').fill('project-data/x');
  await see('start');
  await page.goto('/data');
  await page.getByRole('link', { name: 'project-data', exact: true }).waitFor();
  await see('data');
  await page.getByRole('button', { name: words.folders.create }).first().click();
  await page.getByLabel(words.folders.name).fill('.config');
  await see('data-create');
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'project-data', exact: true }).click();
  await page.getByText('README.md').waitFor();
  await see('folder');
  await page.goto('/nowhere');
  await see('not-found');
  await page.goto('/sessions');
  const address = await page
    .getByRole('link', { name: words.sessions.terminal })
    .first()
    .getAttribute('href');
  await page.goto((address ?? '').replace('name=main', `name=${name}`));
  await waitForLine(page, /\$ *$/);
  await page.keyboard.type('ls -la; printf "\\033[31mred \\033[32mgreen \\033[34mblue\\033[0m 한글 깃발\\n"');
  await page.keyboard.press('Enter');
  await waitForLine(page, /^red green blue/);
  await see('terminal');
}

/** Something to look at. */
async function furnish({ context }: Walk): Promise<void> {
  const call = async (method: string, path: string, data?: unknown) => {
    const answer = await context.request.fetch(`/api/v1${path}`, { method, data });
    if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${await answer.text()}`);
    return answer;
  };
  const create = async (path: string, data: unknown) =>
    ((await (await call('POST', path, data)).json()) as { id: string }).id;

  await create('/folders', { name: 'user1-ml-test' });
  await create('/folders', { name: '.local' });
  const data = await create('/folders', { name: 'project-data' });
  const korean = await create('/folders', { name: '한글 자료' });
  await call('POST', `/folders/${data}/directories`, { path: 'checkpoints' });
  await call('PUT', `/folders/${data}/content/README.md`, '# Data\n');
  const table = encodeURIComponent('측정값 2026.csv');
  await call('PUT', `/folders/${data}/content/${table}`, 'a,b\n1,2\n'.repeat(5000));
  const mounts = [{ folder: data }, { folder: korean, path: '/workspace', permission: 'ro' }];
  await create('/sessions', { name: 'look-around', mounts });
  const over = await create('/sessions', { name: 'yesterday', mounts: [] });
  await call('DELETE', `/sessions/${over}`);
}

const server = await startServer();
const browser = await startBrowser();
const complaints = new Complaints();

async function visit(look: Look, run: (walk: Walk) => Promise<void>): Promise<void> {
  const context = await person(browser, server.url, look);
  complaints.watch(context);
  const page = await context.newPage();
  const { language } = look;
  try {
    await run({ server, context, page, words: WORDS[language] as Words, language, complaints });
    complaints.check();
  } catch (error) {
    await screenshot(page, 'failed').catch(() => undefined);
    throw error;
  } finally {
    await context.close();
  }
}

try {
  for (const language of ['en', 'ko'] as const) {
    console.log(`# ${language}`);
    await visit({ language, dark: false, size: WIDE }, walkThrough);
  }
  await visit({ language: 'en', dark: false, size: WIDE }, async (walk) => {
    await walk.page.goto('/login');
    await logIn(walk);
    await furnish(walk);
  });
  for (const language of ['en', 'ko'] as const) {
    for (const dark of [false, true]) {
      for (const size of [WIDE, NARROW]) {
        const look = { language, dark, size };
        await step(`every page: ${language}, ${dark ? 'dark' : 'light'}, ${size.width} pixels`, () =>
          visit(look, (walk) => lookAround(walk, look)),
        );
      }
    }
  }
  console.log('the walk is done');
} finally {
  await browser.close();
  await server.stop();
}
