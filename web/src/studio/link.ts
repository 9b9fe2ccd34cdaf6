/** What a link tells its owner. */
export type LinkListener = {
  open(): void;
  text(message: string): void;
  binary(message: ArrayBuffer): void;
  /** `opened` is false when the studio did not accept the socket at all. */
  closed(opened: boolean): void;
};

/** Milliseconds before each attempt; the last one repeats. */
const BACKOFF = [100, 250, 500, 1000, 2000, 3000];

/**
 * A websocket to the studio that comes back by itself.
 *
 * With `silenceMs`, a socket on which nothing arrives for that long counts as lost: a dead Wi-Fi does
 * not close a TCP connection.
 */
export class Link {
  #listener: LinkListener;
  #silenceMs: number;
  #socket: WebSocket | null = null;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #wanted = false;

  constructor(listener: LinkListener, silenceMs = 0) {
    this.#listener = listener;
    this.#silenceMs = silenceMs;
  }

  /** Connects, and stays connected. */
  start(): void {
    this.#wanted = true;
    if (this.#socket || this.#retry) return;
    this.#connect();
  }

  /** Disconnects for good. */
  stop(): void {
    this.#wanted = false;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#drop(false);
  }

  /** Tries again at once if it is waiting. */
  hurry(): void {
    if (!this.#retry) return;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#attempt = 0;
    this.#connect();
  }

  /** Sends, or says `false` when there is no connection. */
  send(message: string): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(message);
    return true;
  }

  #connect(): void {
    const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api/control`);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    let opened = false;
    socket.onopen = () => {
      opened = true;
      this.#attempt = 0;
      this.#heard();
      this.#listener.open();
    };
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      this.#heard();
      if (typeof data === 'string') this.#listener.text(data);
      else this.#listener.binary(data);
    };
    socket.onclose = () => this.#drop(opened);
    if (this.#silenceMs) this.#heard(Math.max(this.#silenceMs, 4000));
  }

  #heard(patience = this.#silenceMs): void {
    clearTimeout(this.#silence);
    if (patience) this.#silence = setTimeout(() => this.#drop(true), patience);
  }

  #drop(opened: boolean): void {
    clearTimeout(this.#silence);
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    this.#listener.closed(opened);
    if (!this.#wanted) return;
    const wait = BACKOFF[Math.min(this.#attempt++, BACKOFF.length - 1)] ?? 3000;
    this.#retry = setTimeout(
      () => {
        this.#retry = undefined;
        this.#connect();
      },
      wait * (0.75 + Math.random() / 2),
    );
  }
}
