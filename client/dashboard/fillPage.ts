// Puts the words of a language into the page: of each element by its `data-word`, for screen readers by its `data-label`.

import type { Language } from '../common/language.ts';
import type { DashboardWords } from './english.ts';

export function fillPage(language: Language, { page, title, description }: DashboardWords): void {
  const wordOf = (name: string): string => {
    if (!Object.hasOwn(page, name)) throw new Error(`internal: no word "${name}"`);
    return page[name as keyof typeof page];
  };
  document.documentElement.lang = language;
  document.title = title;
  document.querySelector<HTMLMetaElement>('meta[name=description]')!.content = description;
  for (const target of document.querySelectorAll<HTMLElement>('[data-word]'))
    target.textContent = wordOf(target.dataset['word']!);
  for (const target of document.querySelectorAll<HTMLElement>('[data-label]'))
    target.setAttribute('aria-label', wordOf(target.dataset['label']!));
}
