import type { Command } from '../protocol';
import { readFrame } from './frame';
import { Link } from './link';
import { studio } from './studio.svelte';

/** Sources that one socket may watch. */
const MOST = 64;

type Feed = {
  picture: ImageBitmap | null;
  /** Being decoded now. */
  busy: boolean;
  /** The newest that arrived meanwhile; older ones are dropped. */
  next: Uint8Array<ArrayBuffer> | null;
  listeners: Set<() => void>;
};

/**
 * Small pictures of sources on a websocket of their own, so that they never stand in a command's way.
 * For each source only the newest picture is decoded; a slow tablet shows fewer, never older ones.
 */
export class Pictures {
  #feeds = new Map<string, Feed>();
  #width: number;
  #fps: number;
  #known: (id: string) => boolean;
  #asked = '';
  #soon = false;
  #link = new Link({
    open: () => {
      this.#asked = '';
      this.#ask();
    },
    text: () => {},
    binary: (buffer) => this.#arrived(buffer),
    closed: () => {},
  });

  /** Pictures of this width in pixels, this often a second, of sources that are `known`. */
  constructor(width: number, fps: number, known: (id: string) => boolean) {
    this.#known = known;
    this.#width = width;
    this.#fps = fps;
  }

  start(): void {
    this.#link.start();
    document.addEventListener('visibilitychange', this.#visibility);
  }

  stop(): void {
    document.removeEventListener('visibilitychange', this.#visibility);
    this.#link.stop();
  }

  /** Changes the rate, for the program's monitor. */
  pace(fps: number): void {
    this.#fps = fps;
    this.#ask();
  }

  /** The newest picture; valid until control returns to the browser. */
  newest(id: string): ImageBitmap | null {
    return this.#feeds.get(id)?.picture ?? null;
  }

  /** Calls `listener` after each new picture of `id`, until the returned function is called. */
  follow(id: string, listener: () => void): () => void {
    let feed = this.#feeds.get(id);
    if (!feed) {
      feed = { picture: null, busy: false, next: null, listeners: new Set() };
      this.#feeds.set(id, feed);
    }
    feed.listeners.add(listener);
    this.#askSoon();
    return () => {
      feed.listeners.delete(listener);
      this.#askSoon();
    };
  }

  #visibility = (): void => {
    if (!document.hidden) this.#link.hurry();
    this.#ask();
  };

  // Components come and go in one turn of the event loop: one command tells of them all.
  #askSoon(): void {
    if (this.#soon) return;
    this.#soon = true;
    queueMicrotask(() => {
      this.#soon = false;
      this.#ask();
    });
  }

  #ask(): void {
    // One unknown source (of a scene whose camera was taken out) would refuse the whole command.
    const wanted = [...this.#feeds].filter(([id, feed]) => feed.listeners.size > 0 && (id === 'program' || this.#known(id)));
    const sources = document.hidden ? [] : wanted.map(([id]) => id).slice(0, MOST);
    const command: Command = { command: 'monitor', sources, width: this.#width, fps: this.#fps };
    const message = JSON.stringify({ id: 0, ...command });
    if (message !== this.#asked && this.#link.send(message)) this.#asked = message;
  }

  #arrived(buffer: ArrayBuffer): void {
    const frame = readFrame(buffer);
    const feed = frame?.kind === 'picture' ? this.#feeds.get(frame.id) : undefined;
    if (!frame || !feed) return;
    if (feed.busy) feed.next = frame.data;
    else void this.#decode(feed, frame.data);
  }

  async #decode(feed: Feed, first: Uint8Array<ArrayBuffer>): Promise<void> {
    feed.busy = true;
    for (let jpeg: Uint8Array<ArrayBuffer> | null = first; jpeg;) {
      feed.next = null;
      try {
        const picture = await createImageBitmap(new Blob([jpeg], { type: 'image/jpeg' }));
        feed.picture?.close();
        feed.picture = picture;
        feed.listeners.forEach((listener) => listener());
      } catch {
        // A damaged picture: the next one is a tenth of a second away.
      }
      jpeg = feed.next;
    }
    feed.busy = false;
  }
}

/** Every source, for tiles, miniatures and the preview. */
export const tiles = new Pictures(320, 10, (id) => studio.state?.sources[id]?.picture === true);
/** The program's monitor alone, at the studio's full rate. */
export const program = new Pictures(640, 25, () => false);
