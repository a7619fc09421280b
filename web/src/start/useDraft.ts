import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';
import { NEW_CHOICE } from './choices';
import { forgetDraft, loadDraft, saveDraft, type Draft } from './draft';

interface UsedDraft {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  /** It has become a session: the next one begins anew. */
  forget: () => void;
}

/** The draft of this tab; a folder named in the address (`?mount=ID`) is ticked from the beginning. */
export function useDraft(): UsedDraft {
  const [parameters, setParameters] = useSearchParams();
  const asked = parameters.get('mount');
  const [draft, setDraft] = useState(() => {
    const kept = loadDraft(storage());
    if (asked === null || kept.choices.has(asked)) return kept;
    return { ...kept, choices: new Map(kept.choices).set(asked, NEW_CHOICE) };
  });
  useEffect(() => saveDraft(storage(), draft), [draft]);
  useEffect(() => {
    if (asked === null) return;
    // Said once: whoever unticks it has unticked it.
    const changed = new URLSearchParams(parameters);
    changed.delete('mount');
    setParameters(changed, { replace: true });
  }, [asked, parameters, setParameters]);
  return {
    draft,
    change: (changes) => setDraft((before) => ({ ...before, ...changes })),
    forget: () => forgetDraft(storage()),
  };
}

/** A browser may forbid storage. */
function storage(): Storage | null {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}
