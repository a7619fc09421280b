import { expect, test } from 'vitest';
import { folderNameFault } from './names';

const none = new Set<string>();

test.each([
  'data',
  'user1-ml-test',
  '.local',
  '한글 폴더',
  '👩‍🔬',
  'a'.repeat(64),
  '한'.repeat(64),
  '...',
  '.bashrc2x.d',
])('a folder may be called "%s"', (name) => expect(folderNameFault(name, none)).toBeNull());

test.each([
  ['', 'empty'],
  ['a/b', 'slash'],
  ['a\0b', 'control'],
  ['a\nb', 'control'],
  ['.', 'dots'],
  ['..', 'dots'],
  ['a'.repeat(65), 'long'],
  ['👩'.repeat(64), 'long'],
  ['.ssh', 'reserved'],
  ['.bashrc', 'reserved'],
  ['.bash_profile', 'reserved'],
])('a folder may not be called "%s": %s', (name, fault) => expect(folderNameFault(name, none)).toBe(fault));

test('a name that is in use is not free', () => {
  expect(folderNameFault('data', new Set(['data']))).toBe('taken');
  expect(folderNameFault('한글'.normalize('NFD'), new Set(['한글']))).toBe('taken');
});
