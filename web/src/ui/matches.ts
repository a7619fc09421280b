/** Does any of `texts` contain what was typed? Case and the form of composed letters (Hangul of a Mac) do not matter. */
export function matches(typed: string, texts: readonly string[]): boolean {
  const wanted = plain(typed.trim());
  return wanted === '' || texts.some((text) => plain(text).includes(wanted));
}

function plain(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
