// What the studio tells a camera: its slot, and whether it is on air.

import { kept } from '../common/kept';
import { answer, request, type Asking } from '../common/request';
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

export function pass(): Pass | null {
  const token = location.hash.slice(1);
  if (token) return { token, slot: new URLSearchParams(location.search).get('slot') };
  // From a participant's page, in this tab.
  const known = kept('plateau.camera');
  return known ? (JSON.parse(known) as Pass) : null;
}

const query = (pass: Pass) => (pass.slot ? `?slot=${encodeURIComponent(pass.slot)}` : '');

/** What a link's requests carry: the link, and nobody's cookie. */
export const by = ({ token }: Pass): Asking => ({ token, credentials: 'omit' });

export async function about(pass: Pass): Promise<About> {
  const told = await request<Omit<About, 'iceServers'> & { ice_servers: RTCIceServer[] }>(`/api/camera${query(pass)}`, by(pass));
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
      const { body } = await answer(`/api/camera/tally${query(pass)}`, { ...by(pass), signal: line.signal });
      const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
      for (let text = ''; ;) {
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
