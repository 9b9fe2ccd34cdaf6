import { expect, test } from 'vitest';

import { fitTiles } from './fit';

test('tiles never leave their box', () => {
  for (const width of [327, 370, 674, 778, 936])
    for (const height of [180, 286, 368, 539])
      for (let count = 1; count <= 16; count++) {
        const fit = fitTiles(count, { width, height }, { least: 1 });
        const rows = Math.ceil(count / fit.columns);
        expect(fit.columns * fit.width + (fit.columns - 1) * 8).toBeLessThanOrEqual(width);
        expect(rows * fit.height + (rows - 1) * 8).toBeLessThanOrEqual(height);
      }
});

test('one tile is as big as the box, but no bigger than the most', () => {
  expect(fitTiles(1, { width: 200, height: 400 })).toEqual({ columns: 1, width: 200, height: 112 });
  expect(fitTiles(1, { width: 900, height: 900 }, { most: 260 }).width).toBe(260);
});

test('too many for the box keep the least size, and the box scrolls', () => {
  const fit = fitTiles(80, { width: 370, height: 180 });
  expect(fit).toEqual({ columns: 3, width: 118, height: 66 });
});
