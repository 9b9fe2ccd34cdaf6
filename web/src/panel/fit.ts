/** Tiles of one size in rows, as big as a box allows. */
export type Fit = { columns: number; width: number; height: number };

const ABOUT_AS_BIG = 0.93;

/**
 * About the largest 16:9 tile of which `count` fit a box without scrolling. All in pixels. When even the
 * least width does not fit, the box must scroll, and gets tiles of about that width.
 */
export function fitTiles(
  count: number,
  box: { width: number; height: number },
  { gap = 8, least = 104, most = 260 }: { gap?: number; least?: number; most?: number } = {},
): Fit {
  let best: Fit | null = null;
  for (let columns = 1; columns <= Math.max(1, count); columns++) {
    const rows = Math.ceil(count / columns);
    const byWidth = (box.width - gap * (columns - 1)) / columns;
    const byHeight = (((box.height - gap * (rows - 1)) / rows) * 16) / 9;
    const width = Math.floor(Math.min(byWidth, byHeight, most));
    // Among tiles of nearly one size, more columns fill the width and leave less void.
    if (width >= least && (!best || width > best.width * ABOUT_AS_BIG)) best = { columns, width, height: Math.floor((width * 9) / 16) };
  }
  if (best) return best;
  const columns = Math.max(1, Math.floor((box.width + gap) / (least + gap)));
  const width = Math.max(0, Math.floor((box.width - gap * (columns - 1)) / columns));
  return { columns, width, height: Math.floor((width * 9) / 16) };
}
