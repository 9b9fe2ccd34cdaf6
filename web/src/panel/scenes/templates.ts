import type { Layer } from '../../protocol';

export type TemplateName = 'full' | 'duo' | 'trio' | 'quad' | 'pip' | 'slides';

type Box = [x: number, y: number, width: number, height: number];

/** Rectangles as fractions of the frame, bottom layer first. */
const boxes: Record<TemplateName, Box[]> = {
  full: [[0, 0, 1, 1]],
  duo: [
    [0, 0, 0.5, 1],
    [0.5, 0, 0.5, 1],
  ],
  trio: [
    [0, 0, 0.6, 1],
    [0.6, 0, 0.4, 0.5],
    [0.6, 0.5, 0.4, 0.5],
  ],
  quad: [
    [0, 0, 0.5, 0.5],
    [0.5, 0, 0.5, 0.5],
    [0, 0.5, 0.5, 0.5],
    [0.5, 0.5, 0.5, 0.5],
  ],
  pip: [
    [0, 0, 1, 1],
    [0.68, 0.64, 0.28, 0.28],
  ],
  // The slides are shown whole, the presenter's picture is cut to a column.
  slides: [
    [0, 0.125, 0.75, 0.75],
    [0.75, 0.125, 0.25, 0.75],
  ],
};

export const templateNames = Object.keys(boxes) as TemplateName[];

export function templateBoxes(name: TemplateName): Box[] {
  return boxes[name];
}

/** A template's layers, with the sources in use first, then the others of the studio. */
export function fromTemplate(name: TemplateName, current: Layer[], sources: string[]): Layer[] {
  const used = current.map((layer) => layer.source);
  const order = [...new Set([...used, ...sources])];
  return boxes[name].map(([x, y, width, height], i) => ({
    source: order[i] ?? order[0] ?? '',
    x,
    y,
    width,
    height,
    fit: name === 'full' || (name === 'slides' && i === 0) ? 'contain' : 'cover',
    crop: { left: 0, right: 0, top: 0, bottom: 0 },
  }));
}

/** An id of the form the studio takes, from a label, that none of `taken` has. */
export function sceneId(label: string, taken: string[]): string {
  const plain = label
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 28)
    .replace(/-+$/, '');
  const base = plain || 'scene';
  if (!taken.includes(base)) return base;
  for (let n = 2; ; n++) if (!taken.includes(`${base}-${n}`)) return `${base}-${n}`;
}
