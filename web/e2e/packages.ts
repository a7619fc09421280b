/** pip: what is installed into `.local` is there in the next session, and gone without the folder. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { screenshot, waitForLine } from './browser';
import { call, step, type Walk } from './step';
import { openTerminal, typeLine } from './terminal';

/** A small package, and one that is large enough for pip to draw a bar. */
const [SMALL, LARGE] = ['tqdm', 'mpmath'];
const SHOW = `python3 -c "import ${SMALL}; print(${SMALL}.__version__)"`;
const INDEX_TIMEOUT_MS = 60_000;

/** Whether this machine's own pip reaches its index: nothing can be said of a session's otherwise. */
async function reachesIndex(): Promise<boolean> {
  const directory = await mkdtemp(path.join(tmpdir(), 'berth-walk-index-'));
  const download = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--no-cache-dir', '--retries', '0'];
  const env = { ...process.env, PIP_FIND_LINKS: '' };
  try {
    await promisify(execFile)('python3', [...download, '-d', directory, SMALL], {
      env,
      timeout: INDEX_TIMEOUT_MS,
    });
    return true;
  } catch {
    return false;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Opens a terminal in a new session, runs `work` there, and ends the session. */
async function inSession(walk: Walk, name: string, work: (terminal: Page) => Promise<void>): Promise<void> {
  await call(walk, 'POST', '/sessions', { name });
  await walk.page.goto('/sessions');
  const terminal = await openTerminal(walk, name);
  await work(terminal);
  await terminal.close();
  await call(walk, 'DELETE', `/sessions/${name}`);
}

/** With the folder `.local`. Answers whether anything was installed. */
export async function installPackage(walk: Walk): Promise<boolean> {
  const { language } = walk;
  if (!(await reachesIndex())) {
    console.log("skipped: pip (this machine's own does not reach an index)");
    return false;
  }
  await step('pip installs from its index, and shows its progress', () =>
    inSession(walk, `pip-${language}`, async (terminal) => {
      await typeLine(terminal, `pip install ${SMALL} ${LARGE}`);
      // The second walk finds it kept by the server: then there is nothing to wait for, and pip says so.
      await waitForLine(terminal, /━━━.*[Mk]B|Using cached mpmath/);
      await waitForLine(terminal, /^Successfully installed/);
      await screenshot(terminal, `walk-${language}-pip`);
    }),
  );
  await step('the next session has the package', () =>
    inSession(walk, `import-${language}`, async (terminal) => {
      await typeLine(terminal, SHOW);
      await waitForLine(terminal, /^\d+\.\d+/);
    }),
  );
  return true;
}

export async function packageIsGone(walk: Walk): Promise<void> {
  await step('without the folder the package is gone', () =>
    inSession(walk, `gone-${walk.language}`, async (terminal) => {
      await typeLine(terminal, SHOW);
      await waitForLine(terminal, /^ModuleNotFoundError/);
    }),
  );
}
