import { expect, test } from 'vitest';

import type { Layer } from '../protocol';
import { place } from './place';

const whole: Layer = { source: 'a', x: 0, y: 0, width: 1, height: 1, fit: 'contain', crop: { left: 0, right: 0, top: 0, bottom: 0 } };
const frame = { width: 1600, height: 900 };

test('a picture of the frame’s shape fills it', () => {
  expect(place(whole, { width: 320, height: 180 }, frame)).toEqual({
    from: { x: 0, y: 0, width: 320, height: 180 },
    to: { x: 0, y: 0, width: 1600, height: 900 },
  });
});

test('contain shows a portrait picture whole, centred', () => {
  const { from, to } = place(whole, { width: 90, height: 160 }, frame);
  expect(from).toEqual({ x: 0, y: 0, width: 90, height: 160 });
  expect(to).toEqual({ x: (1600 - 506.25) / 2, y: 0, width: 506.25, height: 900 });
});

test('cover cuts the long sides evenly and fills the rectangle', () => {
  const { from, to } = place({ ...whole, width: 0.5, fit: 'cover' }, { width: 320, height: 180 }, frame);
  expect(to).toEqual({ x: 0, y: 0, width: 800, height: 900 });
  expect(from).toEqual({ x: 80, y: 0, width: 160, height: 180 });
});

test('the crop comes before the fit', () => {
  const layer: Layer = { ...whole, crop: { left: 0.25, right: 0.25, top: 0, bottom: 0 } };
  const { from, to } = place(layer, { width: 320, height: 180 }, frame);
  expect(from).toEqual({ x: 80, y: 0, width: 160, height: 180 });
  expect(to).toEqual({ x: 400, y: 0, width: 800, height: 900 });
});
