import type { Event, State } from '../protocol';

/** The state after an event. Parts that did not change keep their identity. */
export function apply(state: State, event: Event): State {
  switch (event.event) {
    case 'program_changed':
      return { ...state, program: event.program };
    case 'preview_changed':
      return { ...state, preview: event.preview };
    case 'slate_changed':
      return { ...state, slate: event.slate };
    case 'rehearsal_changed':
      return { ...state, rehearsal: event.rehearsal };
    case 'source_changed':
      return { ...state, sources: { ...state.sources, [event.source]: event.state } };
    case 'scenes_changed':
      return { ...state, scenes: event.scenes };
    case 'output_changed':
      return { ...state, outputs: { ...state.outputs, [event.output]: event.state } };
    case 'recording_changed':
      return { ...state, recording: event.recording };
    case 'titles_changed':
      return { ...state, titles: event.titles };
    case 'segment_changed':
      return { ...state, segment: event.segment };
    case 'rundown_changed':
      return { ...state, rundown: event.rundown };
    case 'questions_changed':
      return { ...state, questions: event.questions };
    case 'voices_changed':
      return { ...state, voices: event.voices };
    case 'audience_changed':
      return { ...state, audience: event.audience };
    case 'health_changed':
      return { ...state, health: event.health };
    default:
      // A newer studio may know more events; what it tells of is not shown by this panel.
      return state;
  }
}

/** A map's entries in the studio's order. */
export function entries<T>(map: { [key in string]?: T }): [string, T][] {
  return Object.entries(map).filter((entry): entry is [string, T] => entry[1] !== undefined);
}
