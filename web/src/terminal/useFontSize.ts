import { useState } from 'react';

const KEY = 'berth.terminal.fontSize';
const MIN_PX = 8;
const MAX_PX = 32;
const DEFAULT_PX = 14;
/** So that a telephone's screen holds about 54 columns. */
const DEFAULT_NARROW_PX = 12;

/** The size of the terminal's letters in pixels, remembered by the browser. */
export function useFontSize(): [number, (size: number) => void] {
  const [size, setSize] = useState(read);
  const change = (wanted: number) => {
    const allowed = Math.min(Math.max(wanted, MIN_PX), MAX_PX);
    setSize(allowed);
    try {
      localStorage.setItem(KEY, String(allowed));
    } catch {
      // A browser may forbid storage; then it is not remembered.
    }
  };
  return [size, change];
}

function read(): number {
  const usual = window.innerWidth < 768 ? DEFAULT_NARROW_PX : DEFAULT_PX;
  try {
    const stored = Number(localStorage.getItem(KEY) ?? usual);
    return stored >= MIN_PX && stored <= MAX_PX ? stored : usual;
  } catch {
    return usual;
  }
}
