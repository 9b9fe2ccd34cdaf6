import type { Segment, State } from '../../protocol';

/** What the lower third of somebody says. */
export type Person = { name: string; role: string };

/** The segment on air, or the one that comes next. */
export function nearestSegment(show: State): Segment | null {
  return show.segment ?? show.rundown.find(({ state }) => state === 'ready') ?? null;
}

/**
 * Who speaks in the segment on air, or in the next one, as they want to be called. A segment tells no
 * roles; what it is called stands in for them until somebody types better.
 */
export function people(show: State): Person[] {
  const segment = nearestSegment(show);
  return (segment?.participants ?? []).map(({ name, credit }) => ({ name: credit || name, role: segment?.title ?? '' }));
}
