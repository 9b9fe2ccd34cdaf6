import type { Command } from '../../src/protocol.ts';

/** The command that puts a segment into the rundown. */
export function segment(title: string, ...names: string[]): Command {
  const participants = names.map((name) => ({ id: null, name }));
  return {
    ...{ command: 'segment_add', title, participants, summary: '', needs: '', language: null },
    ...{ planned_seconds: 420, day: null, fixed_at: null, position: null, private: false },
  };
}
