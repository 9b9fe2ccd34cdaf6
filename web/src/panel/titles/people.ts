import type { Participant, Segment, State } from '../../protocol';

/** Somebody of a segment. `shown` is the name that they chose, as the studio says; `null`: they are not to be named. */
export type Person = { id: string; name: string; shown: string | null; signed: boolean; role: string };

/** The segment on air, or the one that comes next. */
export function nearestSegment(show: State): Segment | null {
  return show.segment ?? show.rundown.find(({ state }) => state === 'ready') ?? null;
}

/**
 * Who speaks in the segment on air, or in the next one. A segment tells no roles; what it is called
 * stands in for them until somebody types better, unless it calls anybody by a name that they did not choose.
 */
export function people(show: State): Person[] {
  const segment = nearestSegment(show);
  if (!segment) return [];
  const role = segment.participants.some((person) => calls([segment.title], person)) ? '' : segment.title;
  return segment.participants.map(({ id, name, credit, recorded }) => ({ id, name, shown: credit || null, signed: recorded, role }));
}

/** Whoever of the segment is called in these texts by a name that they did not choose. */
export function misnamed(show: State, texts: string[]): Person | null {
  return people(show).find((person) => calls(texts, { name: person.name, credit: person.shown })) ?? null;
}

/** Whether these texts call anybody of the day by a name that they did not choose. */
export function misnames(show: State, texts: string[]): boolean {
  return show.rundown.some(({ participants }) => participants.some((person) => calls(texts, person)));
}

function calls(texts: string[], { name, credit }: Pick<Participant, 'name' | 'credit'>): boolean {
  // What somebody chose may have their own name in it.
  return texts.some((text) => holds(text, name) && !(credit && holds(text, credit)));
}

function holds(text: string, name: string): boolean {
  const found = words(text);
  const wanted = words(name);
  return wanted.length > 0 && wanted.every((word) => found.includes(word));
}

/** The words of a text, in small letters and without accents. */
const words = (text: string): string[] =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
