import { expect, test } from 'vitest';

import { minutesLate, placeAt } from './order';

const rows = [0, 50, 100, 150].map((top) => ({ top, height: 50 }));

test.each([
  [0, 0, 0],
  [60, 0, 0],
  [80, 0, 1],
  [999, 0, 3],
  [10, 3, 0],
  [-50, 2, 0],
  [130, 1, 2],
])('a finger at %i that drags row %i puts it at %i', (y, from, place) => {
  expect(placeAt(y, rows, from)).toBe(place);
});

test('less than a minute is on time', () => {
  expect([59, -59, 60, -61, 725].map(minutesLate)).toEqual([0, 0, 1, -1, 12]);
});
