// The words that stand in the page itself: English, with the other language beside them as `data-de`.

import type { Language } from '../common/language.ts';

/** Puts the page into `language`. */
export function translateDocument(language: Language): void {
  document.documentElement.lang = language;
  if (language === 'en') return;
  for (const element of document.querySelectorAll<HTMLElement>(`[data-${language}]`)) {
    const text = element.dataset[language]!;
    if (element instanceof HTMLMetaElement) element.content = text;
    else element.textContent = text;
  }
}
