/** The words of the product. Only the language in use is loaded. */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type en from './en.json';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en };
  }
}

export const LANGUAGES = ['en', 'ko'] as const;
export type Language = (typeof LANGUAGES)[number];

const WORDS: Record<Language, () => Promise<{ default: object }>> = {
  en: () => import('./en.json'),
  ko: () => import('./ko.json'),
};

async function load(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, 'translation')) {
    const { default: words } = await WORDS[language]();
    i18next.addResourceBundle(language, 'translation', words);
  }
}

/** To be awaited before the first rendering. */
export async function startI18n(language: Language): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources: {},
    lng: language,
    fallbackLng: false,
    interpolation: { escapeValue: false }, // React escapes
  });
  await speak(language);
}

/** Changes every word on the page. */
export async function speak(language: Language): Promise<void> {
  await load(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}
