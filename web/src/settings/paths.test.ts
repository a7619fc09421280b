import { expect, test } from 'vitest';
import { dotfilePathFault } from './paths';

test.each([
  ['.bashrc', null],
  ['.config/pip/pip.conf', null],
  ['.한글', null],
  ['', 'empty'],
  ['bashrc', 'noDot'],
  ['/etc/passwd', 'noDot'],
  ['../.bashrc', 'dots'],
  ['.config//pip', 'dots'],
  ['.config/', 'dots'],
  ['.a\nb', 'control'],
  ['.vimrc', 'taken'],
])('the path %j', (path, fault) => {
  expect(dotfilePathFault(path, new Set(['.vimrc']))).toBe(fault);
});
