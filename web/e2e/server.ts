/** The server that the walk visits: one of its own, or one that runs already. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** The first start compiles the guests; a build for debugging takes minutes for it. */
const START_TIMEOUT_MS = 600_000;
const DEFAULT_PASSWORD = 'correct horse battery staple';

export interface Server {
  /** Without a slash at the end. */
  url: string;
  email: string;
  password: string;
  /** Cuts every connection that is open now; new ones are let through. */
  cut: () => void;
  stop: () => Promise<void>;
}

/**
 * The server at `$BERTH_URL`, or one started from `$BERTH_BIN` on a data directory that is thrown away.
 * Either is reached through a line of ours, which can be cut.
 */
export async function startServer(): Promise<Server> {
  const password = process.env['BERTH_ADMIN_PASSWORD'] ?? DEFAULT_PASSWORD;
  const running = process.env['BERTH_URL'];
  const server = running === undefined ? await spawnServer(password) : { url: running, stop: async () => {} };
  const line = await openLine(new URL(server.url));
  return {
    url: line.url,
    email: process.env['BERTH_ADMIN_EMAIL'] ?? 'admin@berth.local',
    password,
    cut: line.cut,
    stop: async () => {
      line.close();
      await server.stop();
    },
  };
}

/** Closed networks serve the package index from an address of their own. */
const EVERYWHERE = ['--egress-allow', '0.0.0.0/0', '--egress-allow', '::/0'];

async function spawnServer(password: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const program = process.env['BERTH_BIN'];
  if (program === undefined) throw new Error('set BERTH_BIN to the berth program, or BERTH_URL to a server');
  const data = await mkdtemp(path.join(tmpdir(), 'berth-walk-'));
  const child = spawn(program, ['serve', '--listen', '127.0.0.1:0', '--data', data, ...EVERYWHERE], {
    env: { ...process.env, BERTH_ADMIN_PASSWORD: password },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(data, { recursive: true, force: true });
  };
  const said: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${program} ${why}:\n${said.join('\n')}`));
    const timer = setTimeout(() => fail('told no address in time'), START_TIMEOUT_MS);
    void ended.then(() => fail('ended'));
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        said.push(line);
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line);
        if (found === null) return;
        clearTimeout(timer);
        resolve(found[0]);
      });
    }
  }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { url, stop };
}

/** A TCP connection through this process, so that it can be broken as networks break. */
async function openLine(target: URL): Promise<{ url: string; cut: () => void; close: () => void }> {
  const open = new Set<net.Socket>();
  const listener = net.createServer((near) => {
    const far = net.connect(Number(target.port), target.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as net.AddressInfo;
  const cut = () => open.forEach((socket) => socket.destroy());
  return {
    url: `http://127.0.0.1:${port}`,
    cut,
    close: () => {
      cut();
      listener.close();
    },
  };
}
