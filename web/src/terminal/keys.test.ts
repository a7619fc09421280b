import { expect, test } from 'vitest';
import { arrow, withControl } from './keys';

test.each([
  ['c', '\u0003'],
  ['C', '\u0003'],
  ['[', '\u001b'],
  [' ', '\0'],
  ['?', '\u007f'],
  ['1', '1'],
  ['한', '한'],
  ['pasted', 'pasted'],
])('Ctrl with "%s"', (typed, sent) => expect(withControl(typed)).toBe(sent));

test('arrows follow the mode that a program asked for', () => {
  expect(arrow('up', false)).toBe('\u001b[A');
  expect(arrow('left', true)).toBe('\u001bOD');
});
