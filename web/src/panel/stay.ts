import { strings } from '../strings';
import { notices } from './notices.svelte';

/** A second *back* within this time means it. */
const MEANT_MS = 3000;

/**
 * Keeps an accidental swipe back from leaving the desk: the first one only says so. Browsers skip
 * history entries made without a touch, so the guard is set at the first one. Returns how to stop.
 */
export function stay(): () => void {
  let warnedAt = -Infinity;
  let guarded = false;
  const guard = () => {
    if (guarded) return;
    guarded = true;
    history.pushState('desk', '');
  };
  const back = () => {
    guarded = false;
    if (performance.now() - warnedAt < MEANT_MS) return history.back();
    warnedAt = performance.now();
    notices.show('desk', { fr: strings.fr.backAgain, en: strings.en.backAgain });
    guard();
  };
  addEventListener('pointerdown', guard);
  addEventListener('popstate', back);
  return () => {
    removeEventListener('pointerdown', guard);
    removeEventListener('popstate', back);
  };
}
