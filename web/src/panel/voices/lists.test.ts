import { expect, test } from 'vitest';

import type { Question, QuestionState } from '../../protocol';
import { choose } from './lists';

const question = (id: string, state: QuestionState, since = 0, more: Partial<Question> = {}): Question => ({
  ...{ id, name: 'Zoé', text: `Question ${id}`, network: 'Twitch', at: 0, state, since },
  ...more,
});
const ids = (questions: Question[]) => questions.map(({ id }) => id).join('');

const all = [
  question('a', 'waiting'),
  question('b', 'accepted', 30),
  question('c', 'on_air', 40),
  question('d', 'accepted', 20),
  question('e', 'rejected'),
  question('f', 'waiting'),
];

test('each list has its order', () => {
  expect(ids(choose(all, 'waiting', ''))).toBe('af');
  expect(ids(choose(all, 'queue', ''))).toBe('cdb');
  expect(ids(choose(all, 'all', ''))).toBe('fedcba');
});

test('a search finds names, words and networks without their accents', () => {
  const some = [
    question('x', 'waiting', 0, { text: 'Les abeilles en été' }),
    question('y', 'waiting', 0, { name: 'Noël', network: 'IRC' }),
  ];
  expect(ids(choose(some, 'all', 'ETE abeil'))).toBe('x');
  expect(ids(choose(some, 'all', 'noel irc'))).toBe('y');
  expect(ids(choose(some, 'all', 'noel twitch'))).toBe('');
});
