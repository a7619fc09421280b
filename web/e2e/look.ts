/** Every page in one language, appearance and width: looked at by axe, kept as pictures. */
import assert from 'node:assert/strict';
import { logIn } from './account';
import { checkAccessibility, NARROW, screenshot, waitForLine, type Look } from './browser';
import { next, pathField } from './sessions';
import { call, closeDrawer, drawer, question, said, type Walk } from './step';
import { typeLine } from './terminal';

export async function lookAround(walk: Walk, look: Look): Promise<void> {
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
  await page.getByRole('searchbox').fill('nothing like this');
  await page.getByText('nothing like this').waitFor();
  await see('sessions-no-match');
  await page.goto('/sessions?show=ended');
  await page.getByRole('link', { name: 'yesterday', exact: true }).waitFor();
  await see('sessions-ended');
  await page.goto('/sessions');
  await page.getByRole('link', { name: 'look-around', exact: true }).click();
  await drawer(page).getByText('/workspace').waitFor();
  await see('session');
  await closeDrawer(page);

  await page.goto('/sessions/start');
  await see('start-1-type');
  await page.getByRole('radio', { name: words.sessions.typeName.batch }).check();
  await next(walk);
  await page.getByText(words.start.commandFault.empty).waitFor();
  await see('start-1-batch');
  await page.getByRole('radio', { name: words.sessions.typeName.interactive }).check();
  await next(walk);
  await page.getByRole('button', { name: words.start.variableAdd }).click();
  await page.getByRole('textbox', { name: words.start.variable, exact: true }).fill('1 EPOCHS');
  await see('start-2-environment');
  await page.getByRole('textbox', { name: words.start.variable, exact: true }).fill('EPOCHS');
  await next(walk);
  await page.getByRole('checkbox', { name: 'project-data' }).check();
  await page.getByRole('checkbox', { name: 'user1-ml-test' }).check();
  await pathField(walk, 'user1-ml-test').fill('project-data/x');
  await see('start-3-folders');
  await pathField(walk, 'user1-ml-test').fill('/workspace');
  await next(walk);
  await page.getByRole('heading', { name: words.start.curl }).waitFor();
  await see('start-4-confirm');

  await page.goto('/data');
  await page.getByRole('link', { name: 'project-data', exact: true }).waitFor();
  await see('data');
  await page.getByRole('button', { name: words.folders.create, exact: true }).click();
  await question(page).getByLabel(words.folders.name, { exact: true }).fill('.config');
  await see('data-create');
  await page.keyboard.press('Escape');
  await page.goto('/data?show=trash');
  await page.getByText('thrown-away').waitFor();
  await see('data-trash');
  await page.goto('/data');
  await page.getByRole('link', { name: 'project-data', exact: true }).click();
  await drawer(page).getByText('README.md').waitFor();
  await see('explorer');
  await drawer(page).getByRole('link', { name: 'README.md', exact: true }).click();
  await page.locator('.file-view textarea').waitFor();
  await see('file');
  await page.keyboard.press('Escape');
  await page.locator('.file-view').waitFor({ state: 'detached' });
  await drawer(page).getByRole('link', { name: 'checkpoints', exact: true }).click();
  await drawer(page).getByText(words.files.emptyTitle).waitFor();
  await see('explorer-empty');
  await page.goto('/settings');
  await page.getByText('.config/pip/pip.conf', { exact: true }).waitFor();
  await see('settings');
  await page
    .getByRole('button', { name: said(words.settings.editOf, { path: '.config/pip/pip.conf' }) })
    .click();
  await question(page).getByLabel(words.settings.data, { exact: true }).waitFor();
  await see('settings-edit');
  await page.keyboard.press('Escape');
  await page.goto('/nowhere');
  await see('not-found');

  await page.goto('/sessions');
  const address = await page
    .getByRole('link', { name: words.sessions.terminal })
    .first()
    .getAttribute('href');
  await page.goto((address ?? '').replace('name=main', `name=${name}`));
  await waitForLine(page, /\$ *$/);
  await typeLine(page, 'ls -la; printf "\\033[31mred \\033[32mgreen \\033[34mblue\\033[0m 한글 깃발\\n"');
  await waitForLine(page, /^red green blue/);
  await see('terminal');
}

/** Something to look at. */
export async function furnish(walk: Walk): Promise<void> {
  const create = async (path: string, data: unknown) =>
    ((await (await call(walk, 'POST', path, data)).json()) as { id: string }).id;

  await create('/folders', { name: 'user1-ml-test' });
  await create('/folders', { name: '.local' });
  const data = await create('/folders', { name: 'project-data', usage_mode: 'data', permission: 'wd' });
  const korean = await create('/folders', { name: '한글 자료', permission: 'ro' });
  const thrown = await create('/folders', { name: 'thrown-away' });
  await call(walk, 'DELETE', `/folders/${thrown}`);
  await call(walk, 'POST', `/folders/${data}/directories`, { path: 'checkpoints' });
  await call(
    walk,
    'PUT',
    `/folders/${data}/content/README.md`,
    '# Data\n\nMeasured in 2026, one file a day.\n',
  );
  const table = encodeURIComponent('측정값 2026.csv');
  await call(walk, 'PUT', `/folders/${data}/content/${table}`, 'a,b\n1,2\n'.repeat(5000));
  await call(walk, 'PUT', '/user-config/dotfiles/.config/pip/pip.conf', {
    data: '[global]\ndisable-pip-version-check = true\n',
  });
  await call(walk, 'PUT', '/user-config/dotfiles/.bashrc', { data: "PS1='\\w\\$ '\n" });
  await call(walk, 'PUT', '/user-config/bootstrap-script', { script: 'mkdir -p ~/work\n' });
  const mounts = [{ folder: data }, { folder: korean, path: '/workspace' }];
  await create('/sessions', { name: 'look-around', mounts });
  const over = await create('/sessions', { name: 'yesterday', mounts: [] });
  await call(walk, 'DELETE', `/sessions/${over}`);
}
