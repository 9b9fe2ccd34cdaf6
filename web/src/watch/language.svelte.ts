import { strings, type Language, type Strings } from './strings';

// The same choice as in the studio's other pages, without their words.
const KEY = 'plateau.language';

function initial(): Language {
  try {
    const kept = localStorage.getItem(KEY);
    if (kept === 'fr' || kept === 'en') return kept;
  } catch {
    // Storage may be forbidden, in a frame for instance.
  }
  const first = navigator.languages.find((wish) => /^(fr|en)\b/i.test(wish));
  return first?.toLowerCase().startsWith('en') ? 'en' : 'fr';
}

let current = $state<Language>(initial());

/** The page's words. */
export const t = (): Strings => strings[current];

export const language = (): Language => current;

export function setLanguage(wanted: Language): void {
  current = wanted;
  try {
    localStorage.setItem(KEY, wanted);
  } catch {
    // Then it holds for this visit.
  }
}
