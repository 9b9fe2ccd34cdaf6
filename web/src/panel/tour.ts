const KEY = 'plateau.tour';

/** Whether somebody took or skipped the tour on this tablet. */
export function tourSeen(): boolean {
  return localStorage.getItem(KEY) !== null;
}

export function endTour(): void {
  localStorage.setItem(KEY, 'seen');
}
