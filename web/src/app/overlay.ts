/**
 * What lies over a page: a session's details, or the explorer of a folder. It is named in the address's query,
 * so that it can be linked and reloaded, and the back button leaves it; the page under it stays as it is.
 */
import { useCallback } from 'react';
import { useLocation } from 'react-router';

const KEYS = ['session', 'folder', 'path', 'file'] as const;

export interface Overlay {
  /** The session whose details are shown. */
  session?: string;
  /** The folder whose files are shown. */
  folder?: string;
  /** The directory inside of it; the top when absent. */
  path?: string;
  /** The file of that directory which is open. */
  file?: string;
}

/** The query of the same page with `overlay` over it, and nothing else over it. */
export function overlaid(search: string, overlay: Overlay): string {
  const parameters = new URLSearchParams(search);
  for (const key of KEYS) {
    const value = overlay[key];
    if (value === undefined || value === '') parameters.delete(key);
    else parameters.set(key, value);
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

/** What the query says is over the page. */
export function overlayOf(search: string): Overlay {
  const parameters = new URLSearchParams(search);
  return Object.fromEntries(
    KEYS.flatMap((key) => {
      const value = parameters.get(key);
      return value === null || value === '' ? [] : [[key, value]];
    }),
  );
}

export function useOverlay(): Overlay {
  return overlayOf(useLocation().search);
}

/** Makes addresses of this page with something over it. */
export function useOverlayLink(): (overlay: Overlay) => { search: string } {
  const { search } = useLocation();
  return useCallback((overlay) => ({ search: overlaid(search, overlay) }), [search]);
}
