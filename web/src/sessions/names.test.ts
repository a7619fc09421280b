import { expect, test } from 'vitest';
import { sessionNameFault, suggestedSessionName } from './names';

test.each([
  ['main', null],
  ['my_Session-2.0', null],
  ['_abc', null],
  ['a'.repeat(64), null],
  ['abc', 'length'],
  ['', 'length'],
  ['a'.repeat(65), 'length'],
  ['my session', 'characters'],
  ['세션하나', 'characters'],
  ['-abc', 'ends'],
  ['abc.', 'ends'],
])('a session called "%s" is judged %s', (name, fault) => expect(sessionNameFault(name)).toBe(fault));

test('the suggested name may be used', () => expect(sessionNameFault(suggestedSessionName())).toBeNull());
