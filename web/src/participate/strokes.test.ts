import { expect, test } from 'vitest';

import { path } from './strokes';

test('a stroke is a line, a touch a dot', () => {
  expect(
    path([
      [0, 0],
      [0.5, 1],
    ]),
  ).toBe('M0.0 0.0L150.0 110.0');
  expect(path([[1, 0.5]])).toBe('M300.0 55.0L300.0 55.0');
});
