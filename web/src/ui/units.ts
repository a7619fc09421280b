/** Sizes and times as people read them. */

const SECOND_MS = 1_000;
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 24 * 60 * 60 * SECOND_MS],
  ['hour', 60 * 60 * SECOND_MS],
  ['minute', 60 * SECOND_MS],
];

/** "5 min. ago"; anything under a minute, and clocks that run ahead of ours, is "now". */
export function ago(time: number, now: number, language: string): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });
  const passed = now - time;
  for (const [unit, length] of UNITS) {
    if (passed >= length) return format.format(-Math.floor(passed / length), unit);
  }
  return format.format(0, 'second');
}

const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Bytes in binary units, with three digits at most where that loses nothing a person would miss. */
export function bytes(count: number, language: string): string {
  const power = count < 1 ? 0 : Math.min(Math.floor(Math.log2(count) / 10), SIZES.length - 1);
  const value = count / 1024 ** power;
  const digits = power === 0 || value >= 100 ? 0 : 1;
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);
  return `${number} ${SIZES[power]}`;
}

const DURATIONS: [string, number][] = [
  ['day', 24 * 60 * 60],
  ['hour', 60 * 60],
  ['minute', 60],
  ['second', 1],
];

/** "90 minutes": in the largest unit that makes a whole number. */
export function duration(seconds: number, language: string): string {
  const [unit, length] = DURATIONS.find(([, length]) => seconds > 0 && seconds % length === 0) ?? [
    'second',
    1,
  ];
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(
    seconds / length,
  );
}
