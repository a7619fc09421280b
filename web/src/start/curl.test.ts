import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { curlOf, quoted } from './curl';

test.each(['plain', "it's", `"$HOME" \`id\` \\ !`, "한글\n'' '"])('a shell reads %j as one word', (text) => {
  expect(execFileSync('sh', ['-c', `printf %s ${quoted(text)}`], { encoding: 'utf8' })).toBe(text);
});

test('the command sends the request and names where the token comes from', () => {
  const request = { name: "it's", type: 'interactive', mounts: [{ folder: 'a', path: '/workspace' }] };
  // The shell runs the command with a curl that only shows its arguments.
  const script = `curl() { printf '%s\\0' "$@"; }; BERTH_TOKEN=secret\n${curlOf('http://h:1', request)}`;
  const said = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0');
  expect(said.slice(0, 5)).toEqual([
    'http://h:1/api/v1/sessions',
    '-H',
    'Authorization: Bearer secret',
    '-H',
    'Content-Type: application/json',
  ]);
  expect(JSON.parse(said[6] ?? '')).toEqual(request);
});
