/** The data page: folders as wholes. */
import { screenshot } from './browser';
import { answer, question, said, typeName, type Walk } from './step';

export async function createFolder({ page, words }: Walk, name: string): Promise<void> {
  await page.getByRole('button', { name: words.folders.create, exact: true }).click();
  await question(page).getByLabel(words.folders.name, { exact: true }).fill(name);
  await answer(page, words.folders.createSubmit);
  await page.getByRole('row', { name }).waitFor();
}

/** A bad name is explained while it is typed, and not sent. */
export async function refuseFolderName({ page, words, language }: Walk): Promise<void> {
  await page.getByRole('button', { name: words.folders.create, exact: true }).click();
  const name = question(page).getByLabel(words.folders.name, { exact: true });
  await name.fill('a/b');
  await question(page).getByText(words.folders.fault.slash).waitFor();
  await name.fill('.ssh');
  await question(page).getByText(words.folders.fault.reserved).waitFor();
  await screenshot(page, `walk-${language}-folder-name`);
  await name.fill('.config');
  await question(page).getByText('/home/work/.config').waitFor();
  await answer(page, words.app.cancel);
}

export async function deleteFolder({ page, words }: Walk, name: string): Promise<void> {
  await page
    .getByRole('row', { name })
    .getByRole('button', { name: said(words.folders.deleteOf, { name }), exact: true })
    .click();
  await answer(page, words.folders.deleteSubmit);
  await page.getByRole('row', { name }).waitFor({ state: 'detached' });
}

/** Of two folders in the trash one is taken out again, the other deleted for good. */
export async function throwAway(walk: Walk, restored: string, purged: string): Promise<void> {
  const { page, words } = walk;
  await page.locator('.ant-segmented').getByText(words.folders.trash).click();
  await page.getByRole('button', { name: said(words.folders.restoreOf, { name: restored }) }).click();
  await page.getByRole('row', { name: restored }).waitFor({ state: 'detached' });

  await page.getByRole('button', { name: said(words.folders.purgeOf, { name: purged }) }).click();
  const typed = question(page).getByRole('textbox');
  await typed.fill('something else');
  await question(page).getByText(words.folders.purgeMismatch).waitFor();
  await typed.fill(purged);
  await answer(page, words.folders.purge);
  await page.getByRole('row', { name: purged }).waitFor({ state: 'detached' });

  await page.goBack(); // to the folders that are not in the trash
  await page.getByRole('row', { name: restored }).waitFor();
  await deleteFolder(walk, restored);
  await page.goto('/data?show=trash');
  for (;;) {
    const next = page
      .getByRole('button', { name: new RegExp(said(words.folders.purgeOf, { name: '.+' })) })
      .first();
    await page.waitForLoadState('networkidle');
    if ((await next.count()) === 0) return;
    const row = page.getByRole('row').filter({ has: next }).first();
    const name = (await row.getByRole('rowheader').textContent()) ?? '';
    await next.click();
    await typeName(page, name);
    await answer(page, words.folders.purge);
    await next
      .and(page.getByRole('button', { name: said(words.folders.purgeOf, { name }), exact: true }))
      .waitFor({
        state: 'detached',
      });
  }
}
