import { describe, expect, test } from 'vitest';
import cases from '../../../tests/mount-cases.json';
import { findConflicts, resolveMount, type PlacedMount } from './rules';

interface Case {
  name: string;
  path: string;
  result: string | null;
  reason?: string;
}

describe('a folder asked for at a path', () => {
  test.each(cases as Case[])('$name at "$path" gives $result $reason', ({ name, path, result, reason }) => {
    const found = resolveMount(name, path);
    if (result === null) expect(found).toMatchObject({ ok: false, fault: reason });
    else expect(found).toEqual({ ok: true, path: result });
  });
});

describe('the mounts of one session', () => {
  const mount = (folder: string, path: string): PlacedMount => ({ folder, path });

  test('may lie side by side, also when one name begins with the other', () => {
    expect(findConflicts([mount('a', '/work'), mount('b', '/workspace')]).size).toBe(0);
  });

  test('may not share a place: both are told, each with the name of the other', () => {
    const [a, b] = [mount('a', '/x'), mount('b', '/x')];
    const conflicts = findConflicts([a, b]);
    expect(conflicts.get('a')).toEqual({ kind: 'same', other: b });
    expect(conflicts.get('b')).toEqual({ kind: 'same', other: a });
  });

  test('may not lie in one another, at any depth', () => {
    const [outer, inner] = [mount('outer', '/x'), mount('inner', '/x/y/z')];
    const conflicts = findConflicts([outer, inner]);
    expect(conflicts.get('outer')).toEqual({ kind: 'around', other: inner });
    expect(conflicts.get('inner')).toEqual({ kind: 'inside', other: outer });
  });
});
