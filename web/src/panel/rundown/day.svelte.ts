import { Refusal } from '../../common/request';
import type { Command, Segment, SegmentUpdate } from '../../protocol';
import { studio } from '../../studio/studio.svelte';
import { ask, notices } from '../notices.svelte';

/** Which of the rundown's windows are open on this tablet. */
export const day = $state<{
  sheet: boolean;
  /** The segment in the form; `new` for a fresh one. */
  edited: Segment | 'new' | null;
  /** The id of the segment whose people are looked after. */
  people: string | null;
  /** The id of the segment that the gate holds back. */
  held: string | null;
  /** The id of the clip whose answers are looked at. */
  clip: string | null;
}>({ sheet: false, edited: null, people: null, held: null, clip: null });

/** Starts a segment; where agreements are missing, the gate's window opens. */
export async function start(segment: string, how: { private?: boolean; reason?: string } = {}): Promise<boolean> {
  try {
    await studio.ask({ command: 'segment_start', segment, private: how.private ?? null, reason: how.reason ?? null });
    day.held = null;
    return true;
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    if (refusal.code === 'consent_missing') day.held = segment;
    else notices.show('desk', refusal.text);
    return false;
  }
}

/** Changes what is given of a segment; the rest stays. */
export function update(change: Partial<SegmentUpdate> & { segment: string }): Promise<boolean> {
  // What is absent stays; the generated type knows no absence.
  return ask('rundown', { command: 'segment_update', ...change } as Command);
}
