import { expect, test } from 'vitest';

import type { Segment, State } from '../../protocol';
import { people } from './people';

const segment = (title: string, state: string, ...names: string[]) =>
  ({ title, state, participants: names.map((name) => ({ name })) }) as unknown as Segment;
const show = (segment: Segment | null, ...rundown: Segment[]) => ({ segment, rundown }) as unknown as State;

test('those of the segment on air come before those of the next', () => {
  const bees = segment('Les abeilles', 'on_air', 'Mme Ruche');
  expect(people(show(bees, bees, segment('Le vélo', 'ready', 'Karim')))).toEqual([{ name: 'Mme Ruche', role: 'Les abeilles' }]);
});

test('without one on air the next ready segment counts, and no proposal does', () => {
  const rundown = [segment('Fini', 'done', 'A'), segment('Proposé', 'proposed', 'B'), segment('Le vélo', 'ready', 'Karim', 'Inès')];
  expect(people(show(null, ...rundown)).map(({ name }) => name)).toEqual(['Karim', 'Inès']);
  expect(people(show(null))).toEqual([]);
});

test('a pseudonym is what the picture says', () => {
  const bees = { ...segment('Les abeilles', 'on_air'), participants: [{ name: 'Mme Ruche', credit: 'Abeille75' }] } as unknown as Segment;
  expect(people(show(bees))[0]?.name).toBe('Abeille75');
});
