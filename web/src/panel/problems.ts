import type { Problem, State } from '../protocol';
import { entries } from '../studio/apply';

/** A problem and whose it is; `null` is the machine. */
export type Trouble = { who: string | null; problem: Problem; output?: string };

/** All that is wrong now, what viewers notice first. */
export function problems(show: State): Trouble[] {
  const trouble: Trouble[] = show.health.problems.map((problem) => ({ who: null, problem }));
  if (show.recording.problem) trouble.push({ who: null, problem: show.recording.problem });
  for (const [id, output] of entries(show.outputs)) {
    if (output.problem) trouble.push({ who: output.label, problem: output.problem, output: id });
  }
  for (const [, source] of entries(show.sources)) {
    if (source.problem) trouble.push({ who: source.label, problem: source.problem });
  }
  return trouble;
}
