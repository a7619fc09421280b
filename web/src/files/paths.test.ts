import { expect, test } from 'vitest';
import { ancestors, contentUrl, fileNameFault, join, keep, nameOf, shown, wire } from './paths';

test('a name is joined to a directory, the top included', () => {
  expect(join('', 'a')).toBe('a');
  expect(join('a/b', 'c')).toBe('a/b/c');
});

test('breadcrumbs lead from the top to the directory itself', () => {
  expect(ancestors('')).toEqual([]);
  expect(ancestors('a/50%25')).toEqual([
    { name: 'a', path: 'a' },
    { name: '50%', path: 'a/50%25' },
  ]);
});

test.each(['notes.txt', '한글', '한글'.normalize('NFD'), '50%', '%41', '100%25', 'a b?#&=', '\n', '👩‍🔬'])(
  'the name "%s" survives the way into a path, an address and back',
  (name) => {
    const path = join('dir', nameOf({ name }));
    expect(shown(path)).toBe(`dir/${name}`);
    expect(decodeURIComponent(wire(path))).toBe(`dir/${name}`);
    expect(new URL(contentUrl('id', path), 'http://berth').pathname).toBe(contentUrl('id', path));
  },
);

test('a name that is no text keeps its bytes, and is shown as well as can be', () => {
  const name = nameOf({ name: 'caf�', name_encoded: 'caf%E9' });
  expect(shown(name)).toBe('caf�');
  expect(contentUrl('id', join('50%25', name))).toBe('/api/v1/folders/id/content/50%25/caf%E9');
});

test('only percent signs look different in a path', () => {
  expect(keep('한글 (1).txt')).toBe('한글 (1).txt');
  expect(keep('5%.txt')).toBe('5%25.txt');
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
