/** Tiles of one size in rows, as big as a box allows. */
export type Fit = { columns: number; width: number; height: number };

/**
 * The largest 16:9 tile with which sections of `counts` tiles, each section beginning a row of its own,
 * fit a box without scrolling. All in pixels. When even the least width does not fit, the box must
 * scroll, and gets tiles of that width.
 */
export function fitTiles(
  counts: number[],
  box: { width: number; height: number },
  { gap = 8, least = 104, most = 260 }: { gap?: number; least?: number; most?: number } = {},
): Fit {
  const used = counts.filter((count) => count > 0);
  const longest = Math.max(1, ...used);
  let best: Fit | null = null;
  for (let columns = 1; columns <= longest; columns++) {
    const rows = used.reduce((sum, count) => sum + Math.ceil(count / columns), 0);
    const byWidth = (box.width - gap * (columns - 1)) / columns;
    const byHeight = (((box.height - gap * (rows - 1)) / rows) * 16) / 9;
    const width = Math.floor(Math.min(byWidth, byHeight, most));
    if (width >= least && (!best || width > best.width)) best = { columns, width, height: Math.floor((width * 9) / 16) };
  }
  if (best) return best;
  const columns = Math.max(1, Math.floor((box.width + gap) / (least + gap)));
  const width = Math.floor((box.width - gap * (columns - 1)) / columns);
  return { columns, width, height: Math.floor((width * 9) / 16) };
}
