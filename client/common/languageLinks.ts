// Links to the page in the other languages.

import { build } from './elements.ts';
import { LANGUAGES, rememberLanguage, type Language } from './language.ts';

/** Fills `target`. */
export function showLanguages(target: HTMLElement, shown: Language): void {
  const others = (Object.keys(LANGUAGES) as Language[]).filter((language) => language !== shown);
  target.replaceChildren(
    ...others.map((language) => {
      const address = new URL(location.href);
      address.searchParams.set('lang', language);
      const link = build(
        'a',
        { href: address.href, lang: language, hreflang: language },
        LANGUAGES[language],
      );
      link.addEventListener('click', () => rememberLanguage(language));
      return link;
    }),
  );
}
