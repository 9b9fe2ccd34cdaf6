import type { Segment, State } from '../../protocol';

/** Somebody of a segment. `shown` is the name that they chose, as the studio says; `null`: they are not to be named. */
export type Person = { id: string; name: string; shown: string | null; signed: boolean; role: string };

/** The segment on air, or the one that comes next. */
export function nearestSegment(show: State): Segment | null {
  return show.segment ?? show.rundown.find(({ state }) => state === 'ready') ?? null;
}

/**
 * Who speaks in the segment on air, or in the next one. A segment tells no roles; what the studio offers
 * stands in for them until somebody types better.
 */
export function people(show: State): Person[] {
  const segment = nearestSegment(show);
  if (!segment) return [];
  return segment.participants.map(({ id, name, credit, recorded }) => ({
    id,
    name,
    shown: credit,
    signed: recorded,
    role: segment.role_hint,
  }));
}
