import { expect, test } from 'vitest';
import en from './en.json';
import ko from './ko.json';

type Words = { [key: string]: string | Words };

/** Every text by its key, without the endings that plurals have in one language and not in another. */
function texts(words: Words, prefix = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(words)) {
    if (typeof value === 'string') found.set(prefix + key.replace(/_(one|other)$/, ''), value);
    else texts(value, `${prefix}${key}.`).forEach((text, inner) => found.set(inner, text));
  }
  return found;
}

const placeholders = (text: string | undefined) => new Set(text?.match(/{{\w+}}/g));

test('English and Korean say the same things', () => {
  expect([...texts(ko).keys()].sort()).toEqual([...texts(en).keys()].sort());
});

test('no text names something in one language that it does not name in the other', () => {
  const korean = texts(ko);
  for (const [key, text] of texts(en)) {
    // A Korean sentence may count where the English one says "a file".
    const [inEnglish, inKorean] = [placeholders(text), placeholders(korean.get(key))];
    expect({ key, names: inKorean }).toEqual({ key, names: inEnglish });
  }
});
