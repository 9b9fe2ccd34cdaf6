import type { Signature } from './api';

/** A stroke's path in a box of 300 × 110; a dot where the finger only touched. */
export function path(stroke: [number, number][]): string {
  const points = stroke.map(([x, y]) => `${(x * 300).toFixed(1)} ${(y * 110).toFixed(1)}`);
  if (points.length === 1) points.push(points[0] ?? '');
  return `M${points.join('L')}`;
}

/** What a signature lacks, by the name of its field. Whether what is drawn is one, the studio says. */
export function lacks({ name, typed, strokes }: Signature): ('name' | 'drawn')[] {
  return [...(name.trim() ? [] : ['name' as const]), ...(typed || strokes.length ? [] : ['drawn' as const])];
}
