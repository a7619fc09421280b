import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { TFunction } from 'i18next';
import { KNOWN, statusWords } from './statusWords';

const t = ((key: string, values?: object) =>
  [key, ...Object.values(values ?? {})].join(' ')) as unknown as TFunction;

test('what the server says is told in the words of the page', () => {
  expect(statusWords('ended by its owner', t)).toBe('sessions.info.owner');
  expect(statusWords('the startup command ended with exit code 3', t)).toBe('sessions.info.code 3');
});

test('what is not known here is told as it is', () => {
  for (const said of ['something new', 'toString', '']) expect(statusWords(said, t)).toBe(said);
});

test('the server says these sentences', () => {
  const source = ['sessions', 'keeper', 'life']
    .map((file) => readFileSync(`../crates/sessions/src/${file}.rs`, 'utf8'))
    .join('');
  for (const said of Object.keys(KNOWN)) expect(source).toContain(`"${said}"`);
  expect(source).toContain('the startup command ended with exit code {code}');
});
