import { expect, test } from 'vitest';

import { left } from './left';

test.each([
  [420_000, '7:00', 'calm'],
  [419_001, '7:00', 'calm'],
  [60_001, '1:01', 'calm'],
  [60_000, '1:00', 'soon'],
  [1, '0:01', 'soon'],
  [0, '0:00', 'soon'],
  [-1, '0:00', 'late'],
  [-61_000, '1:01', 'late'],
  [3_600_000, '1:00:00', 'calm'],
])('%i ms left is %s, %s', (ms, text, mood) => {
  expect(left(ms)).toEqual({ text, mood });
});
