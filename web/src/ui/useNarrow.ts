import { useSyncExternalStore } from 'react';

/** The same width as in app/style.css. */
const narrow = window.matchMedia('(max-width: 959px)');

/** Is the window too narrow for tables, as those of telephones are? They become lists then. */
export function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      narrow.addEventListener('change', listener);
      return () => narrow.removeEventListener('change', listener);
    },
    () => narrow.matches,
  );
}
