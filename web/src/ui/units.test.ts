import { expect, test } from 'vitest';
import { ago, bytes, duration } from './units';

const MINUTE = 60_000;

test.each([
  [-5_000, 'now', '지금'],
  [59_000, 'now', '지금'],
  [5 * MINUTE, '5 min. ago', '5분 전'],
  [119 * MINUTE, '1 hr. ago', '1시간 전'],
  [25 * 60 * MINUTE, 'yesterday', '어제'],
])('what happened %i ms ago was "%s", "%s"', (passed, english, korean) => {
  expect(ago(0, passed, 'en')).toBe(english);
  expect(ago(0, passed, 'ko')).toBe(korean);
});

test.each([
  [0, '0 B'],
  [1023, '1,023 B'],
  [1024, '1 KiB'],
  [1536, '1.5 KiB'],
  [200 * 1024 ** 2, '200 MiB'],
  [1024 ** 4 * 2.25, '2.3 TiB'],
])('%i bytes are %s', (count, text) => expect(bytes(count, 'en')).toBe(text));

test.each([
  [60, '1 minute', '1분'],
  [5400, '90 minutes', '90분'],
  [8 * 3600, '8 hours', '8시간'],
  [86400, '1 day', '1일'],
  [61, '61 seconds', '61초'],
  [0, '0 seconds', '0초'],
])('%i seconds are "%s", "%s"', (seconds, english, korean) => {
  expect(duration(seconds, 'en')).toBe(english);
  expect(duration(seconds, 'ko')).toBe(korean);
});
