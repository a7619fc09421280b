/** Uploads by drag and drop: a large file, a whole directory, and one that is cancelled. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { screenshot } from './browser';
import { openFolder } from './explorer';
import { digestOf, TREE } from './local';
import { answer, call, question, said, step, type Walk } from './step';

/** How often a mouse that holds something says that it is there, and the most that it does. */
const DRAG_OVER_EVERY_MS = 50;
const DRAG_OVERS_MAX = 400;

/** Drops files of this computer where the explorer is, as a person does with a mouse. */
async function drop(page: Page, paths: string[]): Promise<void> {
  const box = await page.locator('.drop-zone').boundingBox();
  assert.ok(box);
  const browser = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  const [x, y] = [box.x + box.width / 2, box.y + 60];
  await browser.send('Input.dispatchDragEvent', { type: 'dragEnter', x, y, data });
  // A mouse that holds something tells so all the time; what lay over the place may just be fading away.
  const here = page.locator('.drop-here');
  for (let count = 0; count < DRAG_OVERS_MAX && !(await here.isVisible()); count += 1) {
    await browser.send('Input.dispatchDragEvent', { type: 'dragOver', x: x + (count % 2), y, data });
    await page.waitForTimeout(DRAG_OVER_EVERY_MS);
  }
  await here.waitFor();
  await browser.send('Input.dispatchDragEvent', { type: 'drop', x, y, data });
  await browser.detach();
}

export async function dropFiles(walk: Walk): Promise<void> {
  const { page, words, language, files } = walk;
  const panel = page.getByRole('complementary', { name: words.files.uploads });
  const folder = '/folders/user2-vfolder';
  await openFolder(walk, 'user2-vfolder');

  await step('an upload of 200 MiB can be cancelled', async () => {
    await slowly(walk, async () => {
      await drop(page, [files.large]);
      await panel.getByRole('progressbar').waitFor();
      await screenshot(page, `walk-${language}-uploading`);
      await panel
        .getByRole('button', { name: said(words.files.uploadCancel, { name: 'large.bin' }) })
        .click();
      await panel.getByText(words.files.uploadState.cancelled).waitFor();
    });
    assert.ok(!(await names(walk, folder, '')).includes('large.bin'));
  });
  await step('200 MiB arrive by drag and drop, byte for byte', async () => {
    await panel.getByRole('button', { name: said(words.files.uploadRetry, { name: 'large.bin' }) }).click();
    await page.getByRole('link', { name: 'large.bin', exact: true }).waitFor();
    const content = await (await call(walk, 'GET', `${folder}/content/large.bin`)).body();
    assert.equal(digestOf(content), files.largeDigest);
    await panel.getByRole('button', { name: words.files.uploadsClose }).click();
  });
  await step('a directory tree arrives by drag and drop', async () => {
    await drop(page, [files.tree]);
    const count = Object.keys(TREE).length;
    await panel.getByText(said(words.files.uploadTotals, { done: count, count })).waitFor();
    for (const [name, text] of Object.entries(TREE)) {
      const content = await call(walk, 'GET', `${folder}/content/tree/${encodeURI(name)}`);
      assert.equal(await content.text(), text, name);
    }
    assert.deepEqual(await names(walk, folder, '/tree/empty'), []);
    await screenshot(page, `walk-${language}-dropped`);
    await panel.getByRole('button', { name: words.files.uploadsClose }).click();
  });
  await step('what is there already is asked about first', async () => {
    await drop(page, [files.tree]);
    await question(page).getByText('tree').waitFor();
    await answer(page, words.app.cancel);
    await drop(page, [files.tree]);
    await answer(page, words.files.replaceSubmit);
    await panel.getByText(words.files.uploadState.done, { exact: true }).first().waitFor();
    await page.waitForFunction(() => document.querySelector('.uploads .ant-progress') === null);
    await panel.getByRole('button', { name: words.files.uploadsClose }).click();
  });
}

async function names(walk: Walk, folder: string, path: string): Promise<string[]> {
  const listed = (await (await call(walk, 'GET', `${folder}/files?path=${path}`)).json()) as {
    items: { name: string }[];
  };
  return listed.items.map(({ name }) => name);
}

/** Over a line so slow that nothing is over before it can be cancelled. */
async function slowly({ page, context }: Walk, run: () => Promise<void>): Promise<void> {
  const browser = await context.newCDPSession(page);
  const conditions = { offline: false, latency: 0, downloadThroughput: -1 };
  await browser.send('Network.enable');
  await browser.send('Network.emulateNetworkConditions', { ...conditions, uploadThroughput: 4 << 20 });
  await run();
  await browser.send('Network.emulateNetworkConditions', { ...conditions, uploadThroughput: -1 });
  await browser.detach();
}
