import { expect, test } from 'vitest';

import type { Event, State } from '../protocol';
import { apply } from './apply';

const source = { label: 'Caméra 1', status: 'live' };
const state = { slate: false, sources: { cam1: source, cam2: source }, outputs: {}, titles: [] } as unknown as State;

test('an event replaces the whole part of its name and nothing else', () => {
  const after = apply(state, { event: 'slate_changed', slate: true });
  expect(after).toEqual({ ...state, slate: true });
  expect(after.sources).toBe(state.sources);
});

test('an event about one of several replaces that one', () => {
  const lost = { ...source, status: 'lost' };
  const after = apply(state, { event: 'source_changed', source: 'cam2', state: lost } as unknown as Event);
  expect(after.sources).toEqual({ cam1: source, cam2: lost });
  expect(Object.keys(after)).toEqual(Object.keys(state));
});

test('the envelope leaves no trace, and what a role is not shown changes nothing', () => {
  const hidden = { type: 'event', rev: 7, event: 'hidden' } as unknown as Event;
  expect(apply(state, hidden)).toEqual(state);
});

test('a part that this page does not know yet is kept', () => {
  const news = { event: 'drift_changed', drift_seconds: 12 } as unknown as Event;
  expect(apply(state, news)).toEqual({ ...state, drift_seconds: 12 });
});
