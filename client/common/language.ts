// The language of the pages: what the address says (`?lang=`), else what was chosen before, else the browser's first that
// we speak. Words lie beside what speaks them, as `Words<...>`; knows none of them.

export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof LANGUAGES;

/** The same words in every language; the English ones say which there are. */
export type Words<T> = Readonly<Record<Language, T>>;

const KEY = 'minnow:language';

/** Pure but for what it is handed. */
export function chooseLanguage(
  search: string,
  remembered: string | null,
  preferred: readonly string[],
): Language {
  const asked = [new URLSearchParams(search).get('lang'), remembered, ...preferred];
  for (const wanted of asked) {
    const language = (wanted ?? '').toLowerCase().split('-')[0]!;
    if (Object.keys(LANGUAGES).includes(language)) return language as Language;
  }
  return 'en';
}

export function currentLanguage(): Language {
  return chooseLanguage(location.search, readRemembered(), navigator.languages);
}

/** For this and later visits; the page is to be loaded again. */
export function rememberLanguage(language: Language): void {
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // Storage is barred: the choice holds for this visit's address only.
  }
}

function readRemembered(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
