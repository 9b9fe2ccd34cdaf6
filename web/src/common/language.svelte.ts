import type { Text } from '../protocol';
import { strings, type Language, type Strings } from '../strings';

const KEY = 'plateau.language';

function initial(): Language {
  const kept = localStorage.getItem(KEY);
  if (kept === 'fr' || kept === 'en') return kept;
  // French first: only a browser that asks for English before French gets English.
  const first = navigator.languages.find((wish) => /^(fr|en)\b/i.test(wish));
  return first?.toLowerCase().startsWith('en') ? 'en' : 'fr';
}

let current = $state<Language>(initial());

/** The interface's words in the language in use. */
export function t(): Strings {
  return strings[current];
}

/** The studio's own sentence in the language in use. */
export function say(text: Text): string {
  return text[current];
}

export function language(): Language {
  return current;
}

export function setLanguage(language: Language): void {
  current = language;
  localStorage.setItem(KEY, language);
}
