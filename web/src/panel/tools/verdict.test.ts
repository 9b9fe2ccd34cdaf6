import { expect, test } from 'vitest';

import { verdict } from './verdict';

const meter = (short_term: number, peak = -6, limiting_db = 0) => ({
  peak_db: [peak, peak] as [number, number],
  momentary: short_term,
  short_term,
  integrated: short_term,
  limiting_db,
});

test.each([
  ['good', meter(-23)],
  ['good', meter(-14)],
  ['quiet', meter(-30)],
  ['loud', meter(-10)],
  ['clipping', meter(-16, -1, 8)],
  ['silence', meter(-90, -90)],
])('%s', (word, value) => expect(verdict(value)).toBe(word));

test('somebody who begins to speak is not silent, though the last three seconds were', () => {
  expect(verdict(meter(-60, -12))).toBe('quiet');
});
