import { expect, test } from 'vitest';

import { hours } from './hours';

test('hours, alone and merged', () => {
  expect(hours('2026-11-24T14', 'fr-FR')).toBe('24 nov., 14 h – 15 h');
  expect(hours('2026-11-24T14/2026-11-24T16', 'en-GB')).toBe('24 Nov, 14:00 – 17:00');
  expect(hours('2026-11-24T18/2026-11-25T09', 'fr-FR')).toBe('24 nov., 18 h – 25 nov., 10 h');
});
