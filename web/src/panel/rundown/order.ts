/** The place of a dragged row: before the first row whose middle lies below the finger. */
export function placeAt(y: number, rows: readonly { top: number; height: number }[], from: number): number {
  const others = rows.filter((_, at) => at !== from);
  const place = others.findIndex(({ top, height }) => y < top + height / 2);
  return place === -1 ? others.length : place;
}

/** Minutes late, rounded towards being on time. */
export function minutesLate(seconds: number): number {
  return Math.trunc(seconds / 60) || 0;
}
