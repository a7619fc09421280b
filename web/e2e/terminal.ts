/** The terminal page. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { screenshot, terminalText, waitForLine } from './browser';
import { answer, said, step, type Walk } from './step';

export async function typeLine(terminal: Page, command: string): Promise<void> {
  await terminal.keyboard.type(command);
  await terminal.keyboard.press('Enter');
}

/** From the list of sessions. */
export async function openTerminal({ context, page, words }: Walk, name: string): Promise<Page> {
  const row = page.getByRole('row', { name });
  const [terminal] = await Promise.all([
    context.waitForEvent('page'),
    row.getByRole('link', { name: words.sessions.terminal }).click(),
  ]);
  await waitForLine(terminal, /\$ *$/);
  return terminal;
}

export async function workInTerminal(walk: Walk, terminal: Page): Promise<void> {
  const run = (command: string) => typeLine(terminal, command);
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
        terminal.locator('.front .xterm-rows > div', { hasText: text }).last().evaluate(widthOfText),
      ),
    );
    assert.ok(Math.abs((hangul ?? 0) - (latin ?? 1)) < 1.5, `Hangul ${hangul} px, Latin ${latin} px`);
  });
  await step('pasting types, and what is selected can be copied', () => copyAndPaste(terminal));
  await step('a link is one', async () => {
    await run('echo https://example.org/docs');
    await waitForLine(terminal, /^https:\/\/example\.org\/docs$/);
    const at = await middleOf(terminal, 'https://example.org/docs');
    await terminal.mouse.move(at.x, at.y);
    await terminal.locator('.front .xterm-cursor-pointer').waitFor({ state: 'attached' });
  });
  await step('a cut line heals, and the screen is as it was', async () => {
    await walk.complaints.expecting(/WebSocket|ERR_/, async () => {
      walk.server.cut();
      await terminal.locator('.dot:not(.open)').waitFor({ state: 'attached' });
      await terminal.locator('.dot.open').waitFor({ state: 'attached' });
    });
    await waitForLine(terminal, /^file inside user2-vfolder$/);
    await terminal.locator('.front .xterm-helper-textarea').focus();
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
  await step('several terminals are tabs', () => severalTerminals(walk, terminal));
  await step('reloading shows the same screen', async () => {
    await terminal.reload();
    await waitForLine(terminal, /^again-42$/);
  });
  await screenshot(terminal, `walk-${walk.language}-terminal`);
}

/** Where a text is that the terminal shows last; the terminal itself takes what the mouse does there. */
async function middleOf(terminal: Page, text: string): Promise<{ x: number; y: number }> {
  const box = await terminal
    .locator('.front .xterm-rows')
    .getByText(text, { exact: true })
    .last()
    .boundingBox();
  assert.ok(box, `${text} is not on the screen`);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

async function copyAndPaste(terminal: Page): Promise<void> {
  await terminal.evaluate(() => navigator.clipboard.writeText('echo pasted-$((40+2))'));
  await terminal.keyboard.press('Control+Shift+V');
  await terminal.keyboard.press('Enter');
  await waitForLine(terminal, /^pasted-42$/);
  const at = await middleOf(terminal, 'pasted-42');
  await terminal.mouse.dblclick(at.x, at.y);
  await terminal.keyboard.press('Control+Shift+C');
  await terminal.waitForFunction(async () => (await navigator.clipboard.readText()).startsWith('pasted'));
}

async function severalTerminals({ words, language }: Walk, terminal: Page): Promise<void> {
  const tabs = terminal.getByRole('navigation', { name: words.terminal.tabs });
  await tabs.getByRole('link', { name: words.terminal.new }).click();
  // The address changes before the page does: the first terminal may still be in front, and the link in focus.
  await terminal
    .locator('[aria-label="2"].front .xterm-helper-textarea:focus')
    .waitFor({ state: 'attached' });
  assert.match(terminal.url(), /name=2$/);
  await waitForLine(terminal, /\$ *$/);
  await typeLine(terminal, 'echo second-$((40+2))');
  await waitForLine(terminal, /^second-42$/);
  assert.ok(!(await terminalText(terminal)).includes('again-42'));
  await screenshot(terminal, `walk-${language}-tabs`);
  await terminal.goBack();
  await waitForLine(terminal, /^again-42$/);
  await terminal.reload(); // the server knows which terminals there are
  await tabs.getByRole('link', { name: '2', exact: true }).waitFor();
  await tabs.getByRole('button', { name: said(words.terminal.closeOf, { name: '2' }) }).click();
  await answer(terminal, words.terminal.close);
  await tabs.getByRole('link', { name: '2', exact: true }).waitFor({ state: 'detached' });
  await terminal.locator('.front .xterm-helper-textarea').focus();
}

/** The width of the glyphs of a row, without the blanks behind them. */
function widthOfText(row: Element): number {
  const spans = [...row.querySelectorAll('span')].filter((span) => span.textContent?.trim() !== '');
  const boxes = spans.map((span) => span.getBoundingClientRect());
  return Math.max(...boxes.map((box) => box.right)) - Math.min(...boxes.map((box) => box.left));
}

/** The first session is ended from the list while its terminal is open. */
export async function endWithTerminalOpen({ page, words, language }: Walk, terminal: Page): Promise<void> {
  const name = `walk-${language}`;
  await page.bringToFront();
  await page.getByRole('row', { name }).getByRole('button', { name: words.sessions.end }).click();
  await page.getByRole('dialog').getByText('user1-ml-test').waitFor();
  await screenshot(page, `walk-${language}-end`);
  await answer(page, words.sessions.end);
  await page.getByText(said(words.sessions.endedSaid, { name })).waitFor();
  await page.getByRole('row', { name }).waitFor({ state: 'detached' });
  await terminal.getByText(words.terminal.sessionGone).waitFor();
  await screenshot(terminal, `walk-${language}-session-gone`);
  await terminal.close();
}
