import { expect, test } from 'vitest';
import { chosen, FILES_AT_ONCE_MAX, walk } from './drop';

type Tree = { [name: string]: string | Tree };

/** A directory as Chromium shows it: a reader tells a part at a time. */
function entryOf(name: string, content: string | Tree, above = ''): FileSystemEntry {
  const fullPath = `${above}/${name}`;
  if (typeof content === 'string') {
    const file = (resolve: (file: File) => void) => resolve(new File([content], name));
    return { isFile: true, isDirectory: false, name, fullPath, file } as unknown as FileSystemEntry;
  }
  const createReader = () => {
    const left = Object.entries(content).map(([inner, inside]) => entryOf(inner, inside, fullPath));
    return { readEntries: (resolve: (part: FileSystemEntry[]) => void) => resolve(left.splice(0, 2)) };
  };
  return { isFile: false, isDirectory: true, name, fullPath, createReader } as unknown as FileSystemEntry;
}

const tree = { a: { '1.txt': 'one', '2.txt': 'two', b: { '3.txt': 'three' }, empty: {} }, 'top.txt': 'top' };
const entries = Object.entries(tree).map(([name, content]) => entryOf(name, content));

test('a dropped tree is walked to its last file, in order', async () => {
  const found = await walk(entries);
  expect(found.files.map(({ path }) => path)).toEqual(['a/1.txt', 'a/2.txt', 'a/b/3.txt', 'top.txt']);
  expect(await Promise.all(found.files.map(({ file }) => file.text()))).toEqual([
    'one',
    'two',
    'three',
    'top',
  ]);
  expect(found.emptyDirectories).toEqual(['a/empty']);
  expect(found.tooMany).toBe(false);
});

test('a walk ends at the limit and says so', async () => {
  const found = await walk(entries, 2);
  expect(found.files).toHaveLength(2);
  expect(found.tooMany).toBe(true);
});

test('files of a chosen directory know their path, others their name', () => {
  const inDirectory = Object.assign(new File([], 'x'), { webkitRelativePath: 'photos/2026/x' });
  expect(chosen([inDirectory, new File([], 'y')]).files.map(({ path }) => path)).toEqual([
    'photos/2026/x',
    'y',
  ]);
  const many = chosen(Array.from({ length: FILES_AT_ONCE_MAX + 1 }, () => new File([], 'z')));
  expect([many.files.length, many.tooMany]).toEqual([FILES_AT_ONCE_MAX, true]);
});
