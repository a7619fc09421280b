/** What a person likes: language and appearance. Kept in the browser, followed by every open tab. */
import { useSyncExternalStore } from 'react';
import { LANGUAGES, speak, type Language } from '../i18n';

export const APPEARANCES = ['system', 'light', 'dark'] as const;
export type Appearance = (typeof APPEARANCES)[number];

export interface Preferences {
  language: Language;
  appearance: Appearance;
}

const LANGUAGE = 'berth.language';
const APPEARANCE = 'berth.appearance';

const listeners = new Set<() => void>();
const darkSystem = window.matchMedia('(prefers-color-scheme: dark)');
const stillSystem = window.matchMedia('(prefers-reduced-motion: reduce)');
let preferences = read();

function oneOf<T extends string>(allowed: readonly T[], value: string | null): T | undefined {
  return allowed.find((one) => one === value);
}

/** A browser may forbid storage; then nothing is remembered, and nothing breaks. */
function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function read(): Preferences {
  const preferred = navigator.languages.map((tag) => oneOf(LANGUAGES, tag.split('-')[0] ?? null));
  return {
    language: oneOf(LANGUAGES, stored(LANGUAGE)) ?? preferred.find((one) => one !== undefined) ?? 'en',
    appearance: oneOf(APPEARANCES, stored(APPEARANCE)) ?? 'system',
  };
}

function change(changed: Preferences): void {
  preferences = changed;
  listeners.forEach((listener) => listener());
}

function store(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Not remembered; see stored().
  }
}

export async function setLanguage(language: Language): Promise<void> {
  store(LANGUAGE, language);
  await speak(language);
  change({ ...preferences, language });
}

export function setAppearance(appearance: Appearance): void {
  store(APPEARANCE, appearance);
  change({ ...preferences, appearance });
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function currentPreferences(): Preferences {
  return preferences;
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, currentPreferences);
}

/** Is the page to be dark now, by wish or by what the system says? */
export function useDark(): boolean {
  const { appearance } = usePreferences();
  const system = useSyncExternalStore(subscribe, () => darkSystem.matches);
  return appearance === 'system' ? system : appearance === 'dark';
}

/** Is nothing to move? */
export function useStill(): boolean {
  return useSyncExternalStore(subscribe, () => stillSystem.matches);
}

for (const system of [darkSystem, stillSystem]) {
  system.addEventListener('change', () => listeners.forEach((listener) => listener()));
}
window.addEventListener('storage', (event) => {
  if (event.key !== LANGUAGE && event.key !== APPEARANCE) return;
  const changed = read();
  void speak(changed.language).then(() => change(changed));
});
