import { Refusal, request, why } from '../common/request';
import type { Command, Message, ProgramMeter, Role, State, Text } from '../protocol';
import { apply } from './apply';
import { readFrame, type Frame } from './frame';
import { Link } from './link';

/** `joining`: not yet known; `login`: a PIN is needed; `live`: in step; `away`: connection lost. */
export type Standing = 'joining' | 'login' | 'live' | 'away';

export type Meters = { sources: { [key in string]: [number, number] }; program: ProgramMeter };

/** Meters arrive ten times a second, so this much silence is a lost connection. */
const SILENCE_MS = 1500;
const REPLY_MS = 5000;

const NO_ANSWER = new Refusal('no_answer', {
  fr: 'Le studio n’a pas répondu. Rien n’a peut-être changé : regardez l’image, puis réessayez.',
  en: 'The studio did not answer. Perhaps nothing changed: look at the picture, then try again.',
});
const NOT_CONNECTED = new Refusal('not_connected', {
  fr: 'La tablette n’est plus reliée au studio ; elle se reconnecte toute seule.',
  en: 'The tablet has lost the studio; it reconnects by itself.',
});

/** The studio as this page knows it: the last snapshot with every later event applied. */
export class StudioClient {
  /** Stays at its last value while the connection is away. */
  state = $state.raw<State | null>(null);
  meters = $state.raw<Meters | null>(null);
  role = $state<Role>('moderator');
  standing = $state<Standing>('joining');
  /** Unix milliseconds at which the connection was lost. */
  awaySince = $state(0);

  #rev = 0;
  #nextId = 1;
  #waiting = new Map<number, { resolve: () => void; reject: (reason: Refusal) => void }>();
  #sound: ((frame: Frame) => void) | null = null;
  #listening: string | null = null;
  #link = new Link(
    {
      open: () => {
        if (this.#listening) this.#post({ command: 'listen', source: this.#listening });
      },
      text: (message) => this.#receive(JSON.parse(message) as Message),
      binary: (buffer) => {
        const frame = readFrame(buffer);
        if (frame?.kind === 'sound') this.#sound?.(frame);
      },
      closed: (opened) => this.#closed(opened),
    },
    SILENCE_MS,
  );

  /** Joins with the cookie of an earlier login, or asks for a PIN. */
  async join(): Promise<void> {
    addEventListener('online', () => this.#link.hurry());
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.#link.hurry();
    });
    if ((await whoAmI()) === 'nobody') this.standing = 'login';
    else this.#link.start();
  }

  /** Exchanges a PIN for a cookie and joins; or says why not. */
  async login(pin: string): Promise<Text | null> {
    try {
      await request('/api/login', { method: 'POST', json: { pin } });
    } catch (error) {
      return why(error);
    }
    this.standing = 'joining';
    this.#link.start();
    this.#link.hurry();
    return null;
  }

  /** Gives the cookie back and asks for a PIN again, to change role. */
  async leave(): Promise<void> {
    this.#link.stop();
    this.state = null;
    this.standing = 'login';
    // Without an answer the cookie stays until the next login takes its place.
    await fetch('/api/logout', { method: 'POST' }).catch(() => undefined);
  }

  /** Sends a command; resolves when the studio has carried it out, rejects with a {@link Refusal}. */
  ask(command: Command): Promise<void> {
    return new Promise((resolve, reject) => {
      const id = this.#post(command);
      if (id === null) return reject(NOT_CONNECTED);
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(NO_ANSWER);
      }, REPLY_MS);
      this.#waiting.set(id, {
        resolve: () => (clearTimeout(timer), resolve()),
        reject: (reason) => (clearTimeout(timer), reject(reason)),
      });
    });
  }

  /** The sound of a source (or `program`) to `play`, until the next call; `null` for silence. */
  listen(source: string | null, play: ((frame: Frame) => void) | null): void {
    this.#listening = source;
    this.#sound = play;
    this.#post({ command: 'listen', source });
  }

  #post(command: Command): number | null {
    const id = this.#nextId++;
    return this.#link.send(JSON.stringify({ id, ...command })) ? id : null;
  }

  #receive(message: Message): void {
    switch (message.type) {
      case 'snapshot':
        this.#rev = message.rev;
        this.role = message.role;
        this.state = message.state;
        this.standing = 'live';
        break;
      case 'event':
        if (!this.state || message.rev <= this.#rev) break;
        if (message.rev === this.#rev + 1) {
          this.#rev = message.rev;
          this.state = apply(this.state, message);
        } else {
          this.#post({ command: 'snapshot' });
        }
        break;
      case 'reply': {
        const waiting = this.#waiting.get(message.id as number);
        this.#waiting.delete(message.id as number);
        if (message.ok) waiting?.resolve();
        else if (message.error) waiting?.reject(new Refusal(message.error.code, message.error.text));
        else waiting?.reject(NO_ANSWER);
        break;
      }
      case 'meters':
        this.meters = message;
        break;
    }
  }

  #closed(opened: boolean): void {
    this.#waiting.forEach(({ reject }) => reject(NOT_CONNECTED));
    this.#waiting.clear();
    this.meters = null;
    if (this.standing === 'live') {
      this.standing = 'away';
      this.awaySince = Date.now();
    }
    if (!opened && this.standing !== 'login') void this.#findOutWhy();
  }

  // A browser does not tell a refused websocket from an unreachable studio; a plain request does.
  async #findOutWhy(): Promise<void> {
    const who = await whoAmI();
    if (who === 'nobody') {
      this.#link.stop();
      this.state = null;
      this.standing = 'login';
    } else if (who === 'unreachable' && this.standing === 'joining') {
      this.standing = 'away';
      this.awaySince = Date.now();
    }
  }
}

async function whoAmI(): Promise<'somebody' | 'nobody' | 'unreachable'> {
  try {
    const answer = await fetch('/api/me', { cache: 'no-store' });
    return answer.status === 401 ? 'nobody' : 'somebody';
  } catch {
    return 'unreachable';
  }
}

export const studio = new StudioClient();
