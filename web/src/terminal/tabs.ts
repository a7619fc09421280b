/** Which terminals of a session are shown as tabs. Pure; the page only draws them. */

/** What the server gives one session. */
export const TERMINALS_MAX = 16;
/** The terminal that opens first. */
export const MAIN = 'main';

/**
 * Names in the order of the tabs: `main`, then as people count. `running` are those in which the server says a
 * shell runs, `opened` those that were opened here (a shell that has ended is still shown), `closed` those that
 * were closed here, of which the server may still speak for a moment.
 */
export function tabsOf(
  running: readonly string[],
  opened: Iterable<string>,
  closed: ReadonlySet<string>,
): string[] {
  const names = new Set([...running.filter((name) => !closed.has(name)), ...opened]);
  return [...names].sort((a, b) => {
    if (a === MAIN || b === MAIN) return a === MAIN ? -1 : 1;
    return a.localeCompare(b, undefined, { numeric: true });
  });
}

/** A name for one more terminal; null when there may not be another. */
export function nextTab(tabs: readonly string[]): string | null {
  if (tabs.length >= TERMINALS_MAX) return null;
  const taken = new Set(tabs);
  for (let number = 2; ; number += 1) {
    const name = String(number);
    if (!taken.has(name)) return name;
  }
}

/** The tab to go to when `closed` goes: its right neighbour, or its left one. */
export function neighbour(tabs: readonly string[], closed: string): string {
  const index = tabs.indexOf(closed);
  return tabs[index + 1] ?? tabs[index - 1] ?? MAIN;
}
