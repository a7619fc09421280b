import { useSyncExternalStore } from 'react';

/** The same width as in app/style.css. */
const narrow = window.matchMedia('(max-width: 767px)');

/** Is the window as narrow as a telephone's? Tables become lists then. */
export function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      narrow.addEventListener('change', listener);
      return () => narrow.removeEventListener('change', listener);
    },
    () => narrow.matches,
  );
}
