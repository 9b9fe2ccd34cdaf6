import { expect, test } from 'vitest';

import { fitTiles } from './fit';

test('tiles never leave their box', () => {
  for (const width of [327, 370, 674, 778, 936])
    for (const height of [180, 286, 368, 539])
      for (let cameras = 1; cameras <= 8; cameras++)
        for (let scenes = 0; scenes <= 8; scenes++) {
          const fit = fitTiles([cameras, scenes], { width, height }, { least: 1 });
          const rows = Math.ceil(cameras / fit.columns) + Math.ceil(scenes / fit.columns);
          expect(fit.columns * fit.width + (fit.columns - 1) * 8).toBeLessThanOrEqual(width);
          expect(rows * fit.height + (rows - 1) * 8).toBeLessThanOrEqual(height);
        }
});

test('one tile is as big as the box, but no bigger than the most', () => {
  expect(fitTiles([1], { width: 200, height: 400 })).toEqual({ columns: 1, width: 200, height: 112 });
  expect(fitTiles([1], { width: 900, height: 900 }, { most: 260 }).width).toBe(260);
});

test('too many for the box keep the least size, and the box scrolls', () => {
  const fit = fitTiles([40, 40], { width: 370, height: 180 });
  expect(fit.width).toBeGreaterThanOrEqual(104);
});
