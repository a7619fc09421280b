import { expect, test } from 'vitest';
import { overlaid, overlayOf } from './overlay';

test('what is over a page leaves the rest of its address alone', () => {
  expect(overlaid('?show=ended', { session: 'a' })).toBe('?show=ended&session=a');
  expect(overlaid('?show=ended&session=a', {})).toBe('?show=ended');
  expect(overlaid('?folder=a', {})).toBe('');
});

test('one thing takes the place of another', () => {
  expect(overlaid('?session=a', { folder: 'b', path: 'x/y' })).toBe('?folder=b&path=x%2Fy');
  expect(overlaid('?folder=b&path=x&file=z', { folder: 'b', path: '' })).toBe('?folder=b');
});

test('names of any kind survive the way through an address', () => {
  const overlay = { folder: 'b', path: '결과 1/50%25 #&=?', file: 'a+b' };
  expect(overlayOf(overlaid('', overlay))).toEqual(overlay);
  expect(overlayOf('?session=&other=1')).toEqual({});
});
