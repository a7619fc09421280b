import { useEffect, useState } from 'react';
import { useNavigate } from 'react-router';

/** Browsers count changes of the address; one at the end of typing is enough. */
const SETTLED_MS = 250;

/**
 * Text that a person types and the address remembers as `?key=`. What is typed is kept here and follows into the
 * address: a field that waited for the address would break the composition of Korean syllables.
 */
export function useQueryText(key: string): [string, (text: string) => void] {
  const navigate = useNavigate();
  const [text, setText] = useState(() => new URLSearchParams(window.location.search).get(key) ?? '');
  useEffect(() => {
    const timer = setTimeout(() => {
      const parameters = new URLSearchParams(window.location.search);
      if ((parameters.get(key) ?? '') === text) return;
      if (text === '') parameters.delete(key);
      else parameters.set(key, text);
      void navigate({ search: parameters.toString() }, { replace: true, preventScrollReset: true });
    }, SETTLED_MS);
    return () => clearTimeout(timer);
    // Only typing moves the address; the address moving (a drawer that opens) must not move it back.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [text]);
  return [text, setText];
}
