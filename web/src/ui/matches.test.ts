import { expect, test } from 'vitest';
import { matches } from './matches';

test.each([
  ['', ['data'], true],
  ['  ', [], true],
  ['DAT', ['my-data'], true],
  [' ta ', ['my-data'], true],
  ['한글'.normalize('NFD'), ['한글 자료'], true],
  ['x', ['data', 'python'], false],
  ['thon', ['data', 'python'], true],
])('"%s" in %j: %s', (typed, texts, found) => expect(matches(typed, texts)).toBe(found));
