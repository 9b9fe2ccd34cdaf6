import { expect, test } from 'vitest';

import type { Segment, State } from '../../protocol';
import { misnamed, misnames, people } from './people';

type Someone = { name: string; credit?: string | null; recorded?: boolean };

const segment = (title: string, state: string, ...participants: Someone[]) =>
  ({
    title,
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

test('a title with a name that was not chosen stands for nobody', () => {
  const bees = segment('Chez Odile Martin', 'on_air', named('Marc'), { name: 'Odile Martin' });
  expect(people(show(bees))[0]?.role).toBe('');
});

test('a name that somebody did not choose is noticed, however it is typed', () => {
  const bees = segment(
    'Les abeilles',
    'on_air',
    { name: 'Ouardia Haddad' },
    { name: 'Thomas Le Goff', credit: 'Tom' },
    { name: 'Inès', credit: 'Inès B.' },
    named('Jean Fabre'),
  );
  const noticed = (text: string) => misnamed(show(bees), ['', text])?.name ?? null;
  for (const text of ['Ouardia Haddad', 'ouardia  HADDAD', 'Haddad, Ouardia', 'Avec Ouardia Haddad et Jean Fabre']) {
    expect(noticed(text), text).toBe('Ouardia Haddad');
  }
  expect(noticed('Thomas Le Goff')).toBe('Thomas Le Goff');
  expect(noticed('Ines')).toBe('Inès');
  for (const text of ['Tom', 'Inès B.', 'Jean Fabre', 'Ouardia', 'Haddadi Ouardia', '']) expect(noticed(text), text).toBeNull();
});

test('what was shown before is looked at with everybody of the day', () => {
  const day = show(null, segment('Fini', 'done', { name: 'Odile' }), segment('Le vélo', 'ready', named('Karim')));
  expect(misnames(day, ['Odile', 'Apicultrice'])).toBe(true);
  expect(misnames(day, ['Karim', 'Les abeilles'])).toBe(false);
});
