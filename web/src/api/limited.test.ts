import { expect, test } from 'vitest';
import { atMost } from './limited';

test('a few run at one time, the others in their turn, also after a failure', async () => {
  const limited = atMost(2);
  const ends: (() => void)[] = [];
  const log: string[] = [];
  const start = (name: string, fails = false) =>
    limited(async () => {
      log.push(`${name} starts`);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (fails) throw new Error(name);
      return name;
    });
  const [a, b, c, d] = [start('a', true), start('b'), start('c'), start('d')];
  const settle = () => new Promise((resolve) => setTimeout(resolve));
  await settle();
  expect(log).toEqual(['a starts', 'b starts']);
  ends[0]?.();
  await expect(a).rejects.toThrow('a');
  await settle();
  expect(log).toEqual(['a starts', 'b starts', 'c starts']);
  ends[1]?.();
  ends[2]?.();
  await settle();
  expect(log).toHaveLength(4);
  ends[3]?.();
  expect(await Promise.all([b, c, d])).toEqual(['b', 'c', 'd']);
  const e = start('e');
  await settle();
  ends[4]?.();
  expect(await e).toBe('e');
});
