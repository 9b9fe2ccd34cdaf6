import { expect, test } from 'vitest';

import type { Segment, State } from '../../protocol';
import { people } from './people';

type Someone = { name: string; credit?: string | null; recorded?: boolean };

const segment = (title: string, state: string, ...participants: Someone[]) =>
  ({
    title,
    role_hint: title,
    state,
    participants: participants.map((one) => ({ id: one.name, credit: null, recorded: true, ...one })),
  }) as unknown as Segment;
const show = (segment: Segment | null, ...rundown: Segment[]) => ({ segment, rundown }) as unknown as State;
const named = (name: string) => ({ name, credit: name });

test('those of the segment on air come before those of the next', () => {
  const bees = segment('Les abeilles', 'on_air', named('Mme Ruche'));
  expect(people(show(bees, bees, segment('Le vélo', 'ready', named('Karim'))))).toEqual([
    { id: 'Mme Ruche', name: 'Mme Ruche', shown: 'Mme Ruche', signed: true, role: 'Les abeilles' },
  ]);
});

test('without one on air the next ready segment counts, and no proposal does', () => {
  const rundown = [
    segment('Fini', 'done', named('A')),
    segment('Proposé', 'proposed', named('B')),
    segment('Le vélo', 'ready', named('Karim'), named('Inès')),
  ];
  expect(people(show(null, ...rundown)).map(({ shown }) => shown)).toEqual(['Karim', 'Inès']);
  expect(people(show(null))).toEqual([]);
});

test('the picture says what somebody chose, and nothing where they chose nothing', () => {
  const bees = segment(
    'Les abeilles',
    'on_air',
    { name: 'Mme Ruche', credit: 'Abeille75' },
    { name: 'Odile' },
    { name: 'Marc', recorded: false },
  );
  expect(people(show(bees)).map(({ shown, signed }) => [shown, signed])).toEqual([
    ['Abeille75', true],
    [null, true],
    [null, false],
  ]);
});
