import { expect, test } from 'vitest';
import { ancestors, contentUrl, fileNameFault, join } from './paths';

test('a name is joined to a directory, the top included', () => {
  expect(join('', 'a')).toBe('a');
  expect(join('a/b', 'c')).toBe('a/b/c');
});

test('breadcrumbs lead from the top to the directory itself', () => {
  expect(ancestors('')).toEqual([]);
  expect(ancestors('a/b')).toEqual([
    { name: 'a', path: 'a' },
    { name: 'b', path: 'a/b' },
  ]);
});

test('any name survives the way into an address', () => {
  expect(contentUrl('id', 'a b/100%?#.txt')).toBe('/api/v1/folders/id/content/a%20b/100%25%3F%23.txt');
  expect(contentUrl('id', '한글\n')).toBe('/api/v1/folders/id/content/%ED%95%9C%EA%B8%80%0A');
});

test.each([
  ['notes.txt', null],
  ['한'.repeat(85), null],
  ['한'.repeat(86), 'long'],
  ['', 'empty'],
  ['a/b', 'slash'],
  ['..', 'dots'],
  ['there', 'taken'],
])('a directory called "%s" is judged %s', (name, fault) => {
  expect(fileNameFault(name, new Set(['there']))).toBe(fault);
});
