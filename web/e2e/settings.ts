/** Dotfiles and the bootstrap script: what every session of a person starts with. */
import { screenshot, waitForLine } from './browser';
import { answer, call, question, said, type Walk } from './step';
import { openTerminal, typeLine } from './terminal';

const PATH = '.config/walk/greeting';

/** Files and a script are written on the page; a session has them; they are taken away again. */
export async function startUpFiles(walk: Walk): Promise<void> {
  const { page, words, language } = walk;
  const name = `settings-${language}`;
  await page.goto('/sessions');
  await page.getByRole('button', { name: words.app.account, exact: true }).click();
  await page.getByRole('menuitem', { name: words.settings.title }).click();
  await page.getByText(words.settings.noDotfiles).waitFor();

  await page.getByRole('button', { name: words.settings.add, exact: true }).click();
  const path = question(page).getByLabel(words.settings.path, { exact: true });
  await path.fill('../.bashrc');
  await question(page).getByText(words.settings.fault.dots).waitFor();
  await path.fill(PATH);
  await question(page)
    .getByText(said(words.settings.pathHelp, { path: `/home/work/${PATH}` }))
    .waitFor();
  await question(page).getByLabel(words.settings.data, { exact: true }).fill('first\n');
  await answer(page, words.settings.save);
  await page.getByRole('row', { name: PATH }).waitFor();

  await page.getByRole('button', { name: said(words.settings.editOf, { path: PATH }), exact: true }).click();
  const data = question(page).getByLabel(words.settings.data, { exact: true });
  await data.waitFor();
  await data.fill('greetings\n');
  await answer(page, words.settings.save);

  const script = page.getByRole('textbox', { name: words.settings.bootstrap, exact: true });
  await script.fill('echo bootstrapped > ~/witness');
  await page.getByRole('button', { name: words.settings.saveScript, exact: true }).click();
  await page.getByText(words.settings.bootstrapSaved).waitFor();
  await screenshot(page, `walk-${language}-settings`);
  await page.reload();
  await page.getByRole('row', { name: PATH }).waitFor();

  await call(walk, 'POST', '/sessions', { name, mounts: [] });
  await page.goto('/sessions');
  const terminal = await openTerminal(walk, name);
  await typeLine(terminal, `cat ${PATH} witness`);
  await waitForLine(terminal, /^greetings$/);
  await waitForLine(terminal, /^bootstrapped$/);
  await terminal.close();
  await call(walk, 'DELETE', `/sessions/${name}`);

  await page.goto('/settings');
  await page.getByRole('textbox', { name: words.settings.bootstrap, exact: true }).fill('');
  await page.getByRole('button', { name: words.settings.saveScript, exact: true }).click();
  await page.getByText(words.settings.bootstrapSaved).waitFor();
  await page
    .getByRole('button', { name: said(words.settings.deleteOf, { path: PATH }), exact: true })
    .click();
  await page.getByText(words.settings.noDotfiles).waitFor();
}
