/**
 * The walk through the user manual, in a real browser against a real server: folders are created, mounted in
 * sessions, written to from their terminals, and found again after they have ended. Once in English, once in
 * Korean; afterwards every page is looked at in both languages, light and dark, wide and narrow.
 */
import { startBrowser, person, screenshot, Complaints, NARROW, WIDE, WORDS, type Look } from './browser';
import { logIn, logInAndReturn, logOut, wrongPassword } from './account';
import { installAndComeBack } from './brew';
import { createFolder, deleteFolder, refuseFolderName, throwAway } from './folders';
import { downloadTestFile, editText, workWithFiles } from './explorer';
import { keysAlone } from './keyboard';
import { Files } from './local';
import { furnish, lookAround } from './look';
import { installPackage, packageIsGone } from './packages';
import { openPort } from './ports';
import { batchSession, endFromDrawer, firstSession, secondSession } from './sessions';
import { startUpFiles } from './settings';
import { startServer } from './server';
import { endWithTerminalOpen, workInTerminal } from './terminal';
import { dropFiles } from './uploads';
import { step, type Walk } from './step';

const FOLDERS = ['user1-ml-test', 'user2-vfolder', '.local'];

/** The manual's steps, from the first to the last. */
async function walkThrough(walk: Walk): Promise<void> {
  const { page, words, language } = walk;
  await page.goto('/data');
  await step('a wrong password is refused', () => wrongPassword(walk));
  await step('logging in leads back to the page that was asked for', () => logInAndReturn(walk));
  await screenshot(page, `walk-${language}-no-folders`);

  await step('bad folder names are explained', () => refuseFolderName(walk));
  for (const name of FOLDERS) await step(`folder ${name} is created`, () => createFolder(walk, name));

  await page.getByRole('link', { name: words.app.sessions, exact: true }).click();
  await page.getByRole('heading', { name: words.sessions.title, exact: true }).waitFor();
  await screenshot(page, `walk-${language}-no-sessions`);
  const terminal = await firstSession(walk);
  await workInTerminal(walk, terminal);
  await step('the session ends, and its terminal says so', () => endWithTerminalOpen(walk, terminal));
  await step('the file is still there, byte for byte', () => downloadTestFile(walk));
  await step('folders and files are reached by keys alone', () => keysAlone(walk));
  await step('a second session has a folder at /workspace', () => secondSession(walk));
  await step('its details show what it uses and end it', () => endFromDrawer(walk));
  await step('a batch session runs its command and ends', () => batchSession(walk));
  await step('directories, uploads by button, renaming, deleting', () => workWithFiles(walk));
  await step('text is edited, and a conflict is told', () => editText(walk));
  await dropFiles(walk);
  await installAndComeBack(walk);
  const installed = await installPackage(walk);
  await openPort(walk);

  await step('deleting a folder can be undone', async () => {
    await page.goto('/data');
    await deleteFolder(walk, 'user2-vfolder');
    await page.getByRole('button', { name: words.app.undo }).click();
    await page.getByRole('row', { name: 'user2-vfolder' }).waitFor();
  });
  for (const name of [...FOLDERS, 'made-on-the-spot']) {
    await step(`folder ${name} is deleted`, () => deleteFolder(walk, name));
  }
  if (installed) {
    await packageIsGone(walk);
    await page.goto('/data');
  }
  await step('the trash gives back and lets go', () => throwAway(walk, 'user2-vfolder', 'user1-ml-test'));
  await step('dotfiles and a bootstrap script are in every new session', () => startUpFiles(walk));
  await step('logging out', () => logOut(walk));
}

/** `npm run e2e -- walk` or `-- look` does one half. */
const [only] = process.argv.slice(2);
const server = await startServer();
const browser = await startBrowser();
const complaints = new Complaints();
const files = await Files.create();

async function visit(look: Look, run: (walk: Walk) => Promise<void>): Promise<void> {
  const context = await person(browser, server.url, look);
  complaints.watch(context);
  const page = await context.newPage();
  const { language } = look;
  try {
    await run({ server, context, page, words: WORDS[language], language, complaints, files });
    complaints.check();
  } catch (error) {
    await Promise.all(
      context.pages().map((one, index) => screenshot(one, `failed-${index}`).catch(() => undefined)),
    );
    throw error;
  } finally {
    await context.close();
  }
}

try {
  for (const language of only === 'look' ? [] : (['en', 'ko'] as const)) {
    console.log(`# ${language}`);
    await visit({ language, dark: false, size: WIDE }, walkThrough);
  }
  if (only !== 'walk') {
    await visit({ language: 'en', dark: false, size: WIDE }, async (walk) => {
      await walk.page.goto('/login');
      await logIn(walk);
      await furnish(walk);
    });
  }
  for (const language of only === 'walk' ? [] : (['en', 'ko'] as const)) {
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
  await files.remove();
  await browser.close();
  await server.stop();
}
