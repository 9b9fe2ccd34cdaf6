import type { ProgramMeter } from '../../protocol';

/** What one glance at the program's sound should tell. */
export type Verdict = 'good' | 'quiet' | 'loud' | 'clipping' | 'silence';

/** The loudness that broadcast (-23) and the networks (-14) agree on, LUFS. */
export const TARGET = { from: -23, to: -14 } as const;
/** Speech pauses; this much around the target is still right, LU. */
const TOLERANCE = 3;
const SILENCE = -50;
/** The limiter working this hard is audible, dB. */
const LIMITING = 6;

/** Judges the last three seconds. */
export function verdict(meter: ProgramMeter): Verdict {
  if (meter.limiting_db > LIMITING) return 'clipping';
  if (meter.short_term < SILENCE && Math.max(...meter.peak_db) < SILENCE) return 'silence';
  if (meter.short_term > TARGET.to + TOLERANCE / 2) return 'loud';
  if (meter.short_term < TARGET.from - TOLERANCE) return 'quiet';
  return 'good';
}
