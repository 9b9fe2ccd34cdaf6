/** What `/api/now` tells. */
export type Now = {
  title: string;
  place: string;
  language: string;
  licence: { id: string; name: string; url: string };
  live: boolean;
  pause: boolean;
  segment: { title: string; summary: string; language: string; names: string[]; started_at: number | null; planned_seconds: number } | null;
  next: { title: string; planned_seconds: number }[];
  question: { name: string; network: string; text: string } | null;
  viewers: number;
};

const POLL_MS = 4000;
/** A stream that failed is tried again after this long: the crowd may be behind a cache that has none. */
const STREAM_AGAIN_MS = 60_000;

class Board {
  /** The last that was told; stays while the studio does not answer. */
  now = $state.raw<Now | null>(null);
  /** The studio does not answer. */
  away = $state(false);

  /** Follows until the returned function is called: a stream, or where there is none a question every few seconds. */
  follow(): () => void {
    let stream: EventSource | null = null;
    let poll = 0;
    let again = 0;
    const open = () => {
      stream = new EventSource('/api/now/stream');
      stream.onmessage = ({ data }) => {
        clearInterval(poll);
        poll = 0;
        this.#take(data as string);
      };
      stream.onerror = () => {
        stream?.close();
        void this.#ask();
        if (!poll) poll = window.setInterval(() => void this.#ask(), POLL_MS);
        clearTimeout(again);
        again = window.setTimeout(open, STREAM_AGAIN_MS);
      };
    };
    open();
    return () => {
      stream?.close();
      clearInterval(poll);
      clearTimeout(again);
    };
  }

  async #ask(): Promise<void> {
    try {
      const answer = await fetch('/api/now');
      if (!answer.ok) throw new Error(String(answer.status));
      this.#take(await answer.text());
    } catch {
      this.away = true;
    }
  }

  #take(text: string): void {
    const told = JSON.parse(text) as Partial<Now>;
    if (told.title === undefined) return;
    this.now = told as Now;
    this.away = false;
  }
}

export const board = new Board();

/** Says every so often that this page is open: a number that exists in its memory alone. */
export function beHere(): () => void {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  const page = (high & 0x1fffff) * 2 ** 32 + low;
  let timer = 0;
  const say = async () => {
    let seconds = 20;
    try {
      const answer = await fetch('/api/here', { method: 'POST', body: JSON.stringify({ page }), keepalive: true });
      if (answer.ok) seconds = ((await answer.json()) as { again_in_seconds: number }).again_in_seconds;
    } catch {
      // Not counted until it answers again.
    }
    timer = window.setTimeout(() => void say(), seconds * 1000);
  };
  void say();
  return () => clearTimeout(timer);
}
