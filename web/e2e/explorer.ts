/** The explorer: files of a folder. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { screenshot } from './browser';
import { answer, call, drawer, said, typeName, type Walk } from './step';

const CONTENT = 'file inside user2-vfolder\n';

export async function openFolder({ page }: Walk, name: string): Promise<void> {
  await page.goto('/data');
  await page.getByRole('link', { name, exact: true }).click();
  await drawer(page).getByRole('navigation').waitFor();
}

export async function downloadTestFile(walk: Walk): Promise<void> {
  const { page, words } = walk;
  await openFolder(walk, 'user2-vfolder');
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: said(words.files.downloadOf, { name: 'test_file' }) }).click(),
  ]);
  assert.equal(file.suggestedFilename(), 'test_file');
  assert.equal(await readFile(await file.path(), 'utf8'), CONTENT);
}

export async function workWithFiles(walk: Walk): Promise<void> {
  const { page, words, language } = walk;
  await openFolder(walk, 'user2-vfolder');
  await page.getByRole('button', { name: words.files.newDirectory }).click();
  await typeName(page, '결과 1');
  await answer(page, words.files.createSubmit);
  await page.getByRole('link', { name: '결과 1', exact: true }).click();
  await page.getByRole('heading', { name: words.files.emptyTitle }).waitFor();

  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256));
  const name = '50% #1?.bin';
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page
      .getByRole('button', { name: words.files.upload, exact: true })
      .click()
      .then(() => page.getByRole('menuitem', { name: words.files.uploadFiles }).click()),
  ]);
  await chooser.setFiles([{ name, mimeType: 'application/octet-stream', buffer: bytes }]);
  const link = page.getByRole('link', { name: said(words.files.downloadOf, { name }) });
  await link.waitFor();
  const panel = page.getByRole('complementary', { name: words.files.uploads });
  await panel.getByText(words.files.uploadState.done, { exact: true }).waitFor();
  await screenshot(page, `walk-${language}-uploaded`);
  await panel.getByRole('button', { name: words.files.uploadsClose }).click();
  const [file] = await Promise.all([page.waitForEvent('download'), link.click()]);
  assert.ok(bytes.equals(await readFile(await file.path())), 'the upload came back changed');

  await page.getByRole('button', { name: said(words.files.renameOf, { name }) }).click();
  await typeName(page, '새 이름.bin');
  await answer(page, words.app.rename);
  await page.getByRole('link', { name: '새 이름.bin', exact: true }).waitFor();

  await page.reload(); // the address holds the directory
  await page.getByRole('link', { name: '새 이름.bin', exact: true }).waitFor();
  await page.goBack();
  const [archive] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: said(words.files.downloadOf, { name: '결과 1' }) }).click(),
  ]);
  assert.equal(archive.suggestedFilename(), '결과 1.zip');
  const zip = await readFile(await archive.path());
  assert.ok(zip.includes('새 이름.bin') && zip.subarray(0, 2).toString() === 'PK');

  await page.getByRole('button', { name: said(words.files.deleteOf, { name: '결과 1' }) }).click();
  await answer(page, words.files.delete);
  await page.getByRole('link', { name: '결과 1', exact: true }).waitFor({ state: 'detached' });
}

/** A file is written here while a session (the API) writes it, too: nothing is lost without a question. */
export async function editText(walk: Walk): Promise<void> {
  const { page, words, language, complaints } = walk;
  const content = '/folders/user2-vfolder/content/notes.txt';
  const read = async () => (await call(walk, 'GET', content)).text();
  await openFolder(walk, 'user2-vfolder');
  await page.getByRole('button', { name: words.files.newFile }).click();
  await typeName(page, 'notes.txt');
  await answer(page, words.files.createSubmit);
  const text = page.getByRole('textbox', { name: said(words.files.textOf, { name: 'notes.txt' }) });
  const save = page.getByRole('button', { name: words.files.save, exact: true });
  await text.fill('첫 줄\n');
  await text.press('Control+s');
  await page
    .getByText(said(words.files.saved, { name: 'notes.txt' }))
    .first()
    .waitFor();
  assert.equal(await read(), '첫 줄\n');

  await call(walk, 'PUT', content, 'theirs\n');
  await text.fill('mine\n');
  await complaints.expecting(/status of 412/, async () => {
    await save.click();
    await page.getByText(said(words.files.conflictTitle, { name: 'notes.txt' })).waitFor();
  });
  assert.equal(await read(), 'theirs\n');
  await screenshot(page, `walk-${language}-conflict`);
  await page.getByRole('button', { name: words.files.keepMine }).click();
  await page.getByText(words.files.unsavedChanges).waitFor({ state: 'detached' });
  assert.equal(await read(), 'mine\n');

  await call(walk, 'PUT', content, 'theirs again\n');
  await text.fill('mine again\n');
  await complaints.expecting(/status of 412/, async () => {
    await save.click();
    await page.getByRole('button', { name: words.files.takeTheirs }).click();
  });
  await page.waitForFunction(() => document.querySelector('textarea')?.value === 'theirs again\n');

  await text.fill('never saved\n');
  await page.keyboard.press('Escape');
  await answer(page, words.files.keepEditing);
  await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA');
  await page.locator('.file-view .ant-modal-close').click();
  await answer(page, words.files.discard);
  await page.locator('.file-view').waitFor({ state: 'detached' });
  assert.equal(await read(), 'theirs again\n');
}
