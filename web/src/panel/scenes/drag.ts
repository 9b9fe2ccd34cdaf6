import type { Layer } from '../../protocol';

type Box = Pick<Layer, 'x' | 'y' | 'width' | 'height'>;

/** The corner that follows the finger, or the whole layer. */
export type Grip = 'move' | 'nw' | 'ne' | 'sw' | 'se';

/** Fractions of the frame. */
const LEAST = 0.08;
const SNAP = 0.015;
const LINES = [0, 0.25, 1 / 3, 0.5, 2 / 3, 0.75, 1];

const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));
const round = (value: number) => Math.round(value * 10_000) / 10_000;

function snap(value: number, lines: number[]): number {
  const near = lines.find((line) => Math.abs(line - value) < SNAP);
  return near ?? value;
}

/**
 * The rectangle after a drag of `dx`, `dy` (fractions of the frame) from where it began. It stays inside
 * the frame and snaps to the frame's halves, thirds and quarters and to the edges of `others`.
 */
export function drag(start: Box, grip: Grip, dx: number, dy: number, others: Box[] = []): Box {
  const xs = [...LINES, ...others.flatMap((box) => [box.x, box.x + box.width])];
  const ys = [...LINES, ...others.flatMap((box) => [box.y, box.y + box.height])];
  if (grip === 'move') {
    const along = (from: number, size: number, by: number, lines: number[]) => {
      const low = snap(from + by, lines);
      const high = snap(from + by + size, lines) - size;
      const snapped = low !== from + by ? low : high;
      return round(clamp(snapped, 0, 1 - size));
    };
    return { ...start, x: along(start.x, start.width, dx, xs), y: along(start.y, start.height, dy, ys) };
  }
  let [left, top, right, bottom] = [start.x, start.y, start.x + start.width, start.y + start.height];
  if (grip === 'nw' || grip === 'sw') left = clamp(snap(left + dx, xs), 0, right - LEAST);
  else right = clamp(snap(right + dx, xs), left + LEAST, 1);
  if (grip === 'nw' || grip === 'ne') top = clamp(snap(top + dy, ys), 0, bottom - LEAST);
  else bottom = clamp(snap(bottom + dy, ys), top + LEAST, 1);
  return { x: round(left), y: round(top), width: round(right - left), height: round(bottom - top) };
}
