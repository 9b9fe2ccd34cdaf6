import { expect, test } from 'vitest';

import { lacks, path } from './strokes';

test('a stroke is a line, a touch a dot', () => {
  expect(
    path([
      [0, 0],
      [0.5, 1],
    ]),
  ).toBe('M0.0 0.0L150.0 110.0');
  expect(path([[1, 0.5]])).toBe('M300.0 55.0L300.0 55.0');
});

test('a signature lacks its name, its drawing, or nothing', () => {
  const drawn = [[[0, 0] as [number, number]]];
  expect(lacks({ name: ' ', typed: false, strokes: [] })).toEqual(['name', 'drawn']);
  expect(lacks({ name: 'Anne', typed: false, strokes: [] })).toEqual(['drawn']);
  expect(lacks({ name: 'Anne', typed: true, strokes: [] })).toEqual([]);
  expect(lacks({ name: 'Anne', typed: false, strokes: drawn })).toEqual([]);
});
