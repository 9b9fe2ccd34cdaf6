import type { Event, State } from '../protocol';

/**
 * The state after an event. Each event carries the whole changed part under its own name, so a part
 * that this page does not know yet is kept as well. Parts that did not change keep their identity.
 */
export function apply(state: State, event: Event & { type?: string; rev?: number }): State {
  if (event.event === 'source_changed') {
    return { ...state, sources: { ...state.sources, [event.source]: event.state } };
  }
  if (event.event === 'output_changed') {
    return { ...state, outputs: { ...state.outputs, [event.output]: event.state } };
  }
  const { event: _name, type: _type, rev: _rev, ...parts } = event;
  return { ...state, ...(parts satisfies Partial<State>) };
}

/** A map's entries in the studio's order. */
export function entries<T>(map: { [key in string]?: T }): [string, T][] {
  return Object.entries(map).filter((entry): entry is [string, T] => entry[1] !== undefined);
}
