/**
 * How much script a browser loads before a terminal is opened, compressed; fails above the limit.
 *
 * Counted are the pages a person meets on the way in, each with everything it imports: log in, then sessions.
 */
import { readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const LIMIT_KIB = 350;
const DIST = new URL('../dist/', import.meta.url);

interface Chunk {
  file: string;
  imports?: string[];
}

const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', DIST), 'utf8')) as Record<
  string,
  Chunk
>;

/** The files that are loaded for `keys`: each with what it imports before it runs. */
function files(keys: string[], seen = new Set<string>()): Set<string> {
  for (const key of keys) {
    const chunk = manifest[key];
    if (chunk === undefined) throw new Error(`the build has no ${key}`);
    if (seen.has(chunk.file)) continue;
    seen.add(chunk.file);
    files(chunk.imports ?? [], seen);
  }
  return seen;
}

function kib(names: Iterable<string>, compress: (content: Buffer) => Buffer): number {
  const bytes = [...names].map((name) => compress(readFileSync(new URL(name, DIST))).length);
  return bytes.reduce((sum, size) => sum + size, 0) / 1024;
}

const LOGIN = ['index.html', 'src/i18n/en.json', 'src/account/LoginPage.tsx'];
const ways: [string, string[]][] = [
  ['log in', LOGIN],
  ['log in, sessions (the first load)', [...LOGIN, 'src/sessions/SessionsPage.tsx']],
  ['  + start', [...LOGIN, 'src/sessions/SessionsPage.tsx', 'src/start/StartPage.tsx']],
  ['terminal page by its address', ['index.html', 'src/i18n/en.json', 'src/terminal/TerminalPage.tsx']],
];
for (const [name, keys] of ways) {
  const loaded = files(keys);
  const [gzip, brotli] = [kib(loaded, gzipSync), kib(loaded, brotliCompressSync)];
  console.log(`${name}: ${gzip.toFixed(1)} KiB gzip, ${brotli.toFixed(1)} KiB brotli, ${loaded.size} files`);
  if (name.includes('first load') && gzip > LIMIT_KIB) {
    console.error(`over the limit of ${LIMIT_KIB} KiB`);
    process.exitCode = 1;
  }
}
