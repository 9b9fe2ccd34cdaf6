import { language } from '../common/language.svelte';

const fr = {
  title: 'Horloge',
  onAir: 'À L’ANTENNE',
  recording: 'ENREGISTREMENT',
  rehearsal: 'RÉPÉTITION',
  off: 'HORS ANTENNE',
  left: 'Temps restant',
  over: 'Dépassé de',
  next: 'Ensuite',
  message: 'Message de la régie',
  questions: 'Questions du public',
  away: 'Liaison perdue avec le studio, retour automatique',
  fullscreen: 'Plein écran',
};
const en: typeof fr = {
  title: 'Clock',
  onAir: 'ON AIR',
  recording: 'RECORDING',
  rehearsal: 'REHEARSAL',
  off: 'OFF AIR',
  left: 'Time left',
  over: 'Over by',
  next: 'Next',
  message: 'Message from the desk',
  questions: 'Questions from viewers',
  away: 'The studio cannot be reached; comes back by itself',
  fullscreen: 'Full screen',
};

/** This page's words in the language in use. */
export const w = (): typeof fr => (language() === 'en' ? en : fr);
