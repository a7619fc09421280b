/** Keys that a telephone's keyboard lacks, as what a terminal sends for them. */

const ESCAPE = '\u001b';

/** `application`: a program asked for cursor keys of its own (DECCKM), as editors do. */
export function arrow(direction: 'up' | 'down' | 'right' | 'left', application: boolean): string {
  const letter = { up: 'A', down: 'B', right: 'C', left: 'D' }[direction];
  return `${ESCAPE}${application ? 'O' : '['}${letter}`;
}

/** The text typed while Ctrl was held on screen: `c` becomes ^C. What has no control form stays itself. */
export function withControl(text: string): string {
  if (text.length !== 1) return text;
  if (text === ' ') return '\0';
  if (text === '?') return '\u007f';
  const code = text.toUpperCase().charCodeAt(0);
  return code >= 0x40 && code <= 0x5f ? String.fromCharCode(code - 0x40) : text;
}
