import type { Text } from '../protocol';
import { strings, type Language, type Strings } from '../strings';
import { keep, kept } from './kept';

function initial(): Language {
  const chosen = kept('plateau.language');
  if (chosen === 'fr' || chosen === 'en') return chosen;
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
  keep('plateau.language', language);
}
