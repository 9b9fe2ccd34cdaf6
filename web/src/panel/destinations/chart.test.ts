import { expect, test } from 'vitest';

import { path, peak } from './chart';
import type { Sample } from './destinations.svelte';

const sample = (minute: number, viewers: number, kbps?: number): Sample => ({
  at: minute * 60_000,
  viewers,
  outputs: kbps === undefined ? {} : { net: { label: 'Net', kbps, dropped: 0, reconnections: 0 } },
});

test('a line goes from the first minute to the last, its greatest value at the top', () => {
  const day = [sample(0, 0), sample(1, 10), sample(2, 5)];
  expect(path(day, ({ viewers }) => viewers, 100, 20)).toBe('M0.0 20.0L50.0 0.0L100.0 10.0');
  expect(peak(day, ({ viewers }) => viewers)).toBe(10);
});

test('a pause is a gap, and an empty day is no line', () => {
  const day = [sample(0, 0, 100), sample(1, 0), sample(2, 0, 100)];
  expect(path(day, ({ outputs }) => outputs.net?.kbps, 100, 20)).toBe('M0.0 0.0M100.0 0.0');
  expect(path([], () => 1, 100, 20)).toBe('');
});
