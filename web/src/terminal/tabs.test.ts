import { expect, test } from 'vitest';
import { neighbour, nextTab, tabsOf, TERMINALS_MAX } from './tabs';

const none = new Set<string>();

test('tabs are what runs and what was opened here, main first, then as people count', () => {
  expect(tabsOf(['10', '2', 'main'], ['build', '2'], none)).toEqual(['main', '2', '10', 'build']);
});

test('a tab that was closed stays away while the server still speaks of it, and comes back when opened', () => {
  expect(tabsOf(['main', '2'], ['main'], new Set(['2']))).toEqual(['main']);
  expect(tabsOf(['main', '2'], ['main', '2'], new Set(['2']))).toEqual(['main', '2']);
});

test('a new terminal gets the first free number, as long as there may be another', () => {
  expect(nextTab(['main'])).toBe('2');
  expect(nextTab(['main', '2', '4'])).toBe('3');
  expect(nextTab(Array.from({ length: TERMINALS_MAX }, (_, index) => `t${index}`))).toBeNull();
});

test('closing a tab leads to the one beside it', () => {
  expect(neighbour(['main', '2', '3'], '2')).toBe('3');
  expect(neighbour(['main', '2'], '2')).toBe('main');
  expect(neighbour(['2'], '2')).toBe('main');
});
