import type { Layer } from '../protocol';

/** A rectangle in pixels. */
export type Rect = { x: number; y: number; width: number; height: number };

/**
 * Which part of a layer's picture goes where in a frame, as the mix does it: the crop first, then the
 * fit. Sizes in pixels of the picture and of the frame.
 */
export function place(
  layer: Layer,
  picture: { width: number; height: number },
  frame: { width: number; height: number },
): { from: Rect; to: Rect } {
  const from: Rect = {
    x: layer.crop.left * picture.width,
    y: layer.crop.top * picture.height,
    width: (1 - layer.crop.left - layer.crop.right) * picture.width,
    height: (1 - layer.crop.top - layer.crop.bottom) * picture.height,
  };
  const to: Rect = {
    x: layer.x * frame.width,
    y: layer.y * frame.height,
    width: layer.width * frame.width,
    height: layer.height * frame.height,
  };
  if (from.width <= 0 || from.height <= 0 || to.width <= 0 || to.height <= 0) return { from, to };
  if (layer.fit === 'cover') {
    const scale = Math.max(to.width / from.width, to.height / from.height);
    const [width, height] = [to.width / scale, to.height / scale];
    return { from: { x: from.x + (from.width - width) / 2, y: from.y + (from.height - height) / 2, width, height }, to };
  }
  const scale = Math.min(to.width / from.width, to.height / from.height);
  const [width, height] = [from.width * scale, from.height * scale];
  return { from, to: { x: to.x + (to.width - width) / 2, y: to.y + (to.height - height) / 2, width, height } };
}
