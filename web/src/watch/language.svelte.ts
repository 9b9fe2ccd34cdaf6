import { keep, kept } from '../common/kept';
import { strings, type Language, type Strings } from './strings';

// The same choice as in the studio's other pages, without their words.
function initial(): Language {
  const chosen = kept('plateau.language');
  if (chosen === 'fr' || chosen === 'en') return chosen;
  const first = navigator.languages.find((wish) => /^(fr|en)\b/i.test(wish));
  return first?.toLowerCase().startsWith('en') ? 'en' : 'fr';
}

let current = $state<Language>(initial());

/** The page's words. */
export const t = (): Strings => strings[current];

export const language = (): Language => current;

export function setLanguage(wanted: Language): void {
  current = wanted;
  keep('plateau.language', wanted);
}
