// What the studio tells a camera: its slot, and whether it is on air.

import type { SourceStatus } from '../protocol';

/** A personal link: the token after the `#`, the slot in the query where the token opens several. */
export interface Pass {
  token: string;
  slot: string | null;
}

export interface About {
  slot: string;
  label: string;
  title: string;
  width: number;
  height: number;
  framerate: number;
  iceServers: RTCIceServer[];
}

export interface Tally {
  on_air: boolean;
  preview: boolean;
  status: SourceStatus;
}

/** The studio said no, with a sentence in both languages. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly text: { fr: string; en: string } | null,
    readonly code = '',
  ) {
    super(text?.en ?? String(status));
  }
}

export function pass(): Pass | null {
  const token = location.hash.slice(1);
  return token ? { token, slot: new URLSearchParams(location.search).get('slot') } : null;
}

const bearer = (pass: Pass) => ({ Authorization: `Bearer ${pass.token}` });
const query = (pass: Pass) => (pass.slot ? `?slot=${encodeURIComponent(pass.slot)}` : '');

/** A request that must succeed. */
export async function ask(path: string, pass: Pass, init: RequestInit = {}): Promise<Response> {
  const answer = await fetch(path, { ...init, headers: { ...bearer(pass), ...init.headers }, credentials: 'omit', cache: 'no-store' });
  if (answer.ok) return answer;
  const body: unknown = await answer.json().catch(() => null);
  const error = (body as { error?: { code: string; text: { fr: string; en: string } } } | null)?.error;
  throw new Refused(answer.status, error?.text ?? null, error?.code);
}

export async function about(pass: Pass): Promise<About> {
  const told = (await (await ask(`/api/camera${query(pass)}`, pass)).json()) as Omit<About, 'iceServers'> & { ice_servers: RTCIceServer[] };
  return { ...told, iceServers: told.ice_servers };
}

/** The studio gives a sign of life every two seconds; a line silent for so long is dead. */
const DEAD_MS = 6000;

/** Follows the tally until `signal` ends it; comes back by itself. */
export async function followTally(pass: Pass, signal: AbortSignal, tell: (tally: Tally | null) => void): Promise<void> {
  while (!signal.aborted) {
    const line = new AbortController();
    const end = () => line.abort();
    signal.addEventListener('abort', end);
    let dead = setTimeout(end, DEAD_MS);
    try {
      const answer = await ask(`/api/camera/tally${query(pass)}`, pass, { signal: line.signal });
      const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
      for (let text = ''; ; ) {
        const { done, value } = await reader.read();
        if (done) break;
        clearTimeout(dead);
        dead = setTimeout(end, DEAD_MS);
        const events = (text + value).split('\n\n');
        text = events.pop()!;
        for (const event of events) {
          const data = /^data: ?(.*)$/m.exec(event)?.[1];
          if (data) tell(JSON.parse(data) as Tally);
        }
      }
    } catch {
      // Whatever it was: asked again below, and the page says nothing is known meanwhile.
    }
    clearTimeout(dead);
    signal.removeEventListener('abort', end);
    if (signal.aborted) return;
    tell(null);
    await new Promise((resolve) => setTimeout(resolve, 800));
  }
}
