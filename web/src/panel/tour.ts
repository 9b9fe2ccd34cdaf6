import { keep, kept } from '../common/kept';

/** Whether somebody took or skipped the tour on this tablet. */
export function tourSeen(): boolean {
  return kept('plateau.tour') !== null;
}

export function endTour(): void {
  keep('plateau.tour', 'seen');
}
