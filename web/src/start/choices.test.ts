import { expect, test } from 'vitest';
import type { Folder } from '../folders/folders';
import { mountsOf, NEW_CHOICE, plan, type Choice } from './choices';

const folder = (name: string, permission: Folder['permission'] = 'wd'): Folder => ({
  id: `id of ${name}`,
  name,
  permission,
  usage_mode: 'general',
  status: 'ready',
  volume: 'local:default',
  owner: { id: 'me', email: 'me@example.org', name: 'Me' },
  quota_bytes: null,
  created_at: '2026-01-01T00:00:00Z',
});
const choose = (choices: Record<string, Partial<Choice>>) =>
  new Map(Object.entries(choices).map(([name, choice]) => [`id of ${name}`, { ...NEW_CHOICE, ...choice }]));
const [data, other, local] = [folder('data'), folder('other'), folder('.local')];

test('a dot-folder needs no tick and is told with its place', () => {
  const { candidates, automounts } = plan([data, local], new Map());
  expect(candidates.map((one) => one.folder.name)).toEqual(['data']);
  expect(automounts).toEqual([{ folder: local, place: '/home/work/.local' }]);
});

test('folders ticked without a path lie in the home', () => {
  const { candidates, sound } = plan([data, other], choose({ data: {}, other: {} }));
  expect(candidates.map((one) => one.place)).toEqual(['/home/work/data', '/home/work/other']);
  expect(sound).toBe(true);
});

test('a reserved path is at fault only while its folder is ticked', () => {
  expect(plan([data], choose({ data: { path: '/etc/x' } }))).toMatchObject({
    sound: false,
    candidates: [{ fault: { fault: 'system', place: '/etc' } }],
  });
  expect(plan([data], new Map()).sound).toBe(true);
});

test('a folder may not be put on or into an automounted one', () => {
  const { candidates, sound } = plan([data, local], choose({ data: { path: '.local/lib' } }));
  expect(sound).toBe(false);
  expect(candidates[0]?.conflict).toMatchObject({ kind: 'inside', other: { folder: '.local' } });
});

test('spaces around a typed path are not meant', () => {
  expect(plan([data], choose({ data: { path: ' /workspace ' } })).candidates[0]?.place).toBe('/workspace');
});

test('the request holds what was chosen and nothing that was left at its default', () => {
  const readable = folder('theirs', 'ro');
  const choices = choose({
    data: { path: ' sub/dir ' },
    other: { readOnly: true },
    theirs: { readOnly: true },
    '.local': {},
  });
  expect(mountsOf(plan([data, other, readable, local], choices))).toEqual([
    { folder: 'id of data', path: 'sub/dir' },
    { folder: 'id of other', permission: 'ro' },
    { folder: 'id of theirs' },
  ]);
});
