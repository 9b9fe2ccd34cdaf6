import { drop, forgetPerson, keep, kept, whenForgotten } from '../common/kept';
import { Refusal } from '../common/request';
import { call, type Status } from './api';

const EVERY_MS = 5000;
const TOKEN = /^#(guardian=)?([0-9a-f]{64})$/;

export type View = 'home' | 'agree' | 'prepare' | 'fellows' | 'agreement' | 'data' | 'survey' | 'guardians';
const VIEWS: readonly View[] = ['agree', 'prepare', 'fellows', 'agreement', 'data', 'survey', 'guardians'];

/** Whoever holds this phone: their link, and where their segment stands. */
class Me {
  token = $state<string | null>(null);
  status = $state.raw<Status | null>(null);
  /** The link of a guardian of somebody else, who signs by it. */
  guardian = $state<string | null>(null);
  /** The studio does not answer; what is shown may be old. */
  away = $state(false);
  /** The link is no good. */
  refused = $state.raw<Refusal | null>(null);
  view = $state<View>('home');
  /** This device was asked to forget, and has. */
  forgotten = $state(false);
  /** What was asked last ends this link, and nobody knows whether it was done: it may be asked again by it. */
  unanswered = false;
  /** Added to this phone's clock to get the studio's, milliseconds. */
  skew = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  start(): void {
    this.#route();
    addEventListener('hashchange', () => this.#route());
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) void this.look();
    });
    whenForgotten('plateau.link', () => {
      if (this.token) this.#clear();
    });
    void this.look();
  }

  /** A link that was just given, or a new one. */
  take(token: string): void {
    this.token = token;
    this.refused = null;
    this.forgotten = false;
    keep('plateau.link', token);
  }

  /** This phone is somebody else's from now on. */
  forget(): void {
    void forgetPerson().catch(() => undefined);
    this.#clear();
  }

  /** What was asked by a button: the page says that it is done. */
  wasForgotten(): void {
    this.#clear();
    this.forgotten = true;
  }

  #clear(): void {
    this.token = null;
    this.guardian = null;
    this.status = null;
    this.refused = null;
    this.go('home');
  }

  #signAsGuardian(token: string): void {
    this.guardian = token;
    // For this tab alone: it is somebody's who came to sign once.
    keep('plateau.guardian', token);
  }

  leaveGuardian(): void {
    this.guardian = null;
    drop('plateau.guardian');
    this.go('home');
  }

  go(view: View): void {
    location.hash = view === 'home' ? '' : view;
    this.view = view;
    scrollTo(0, 0);
  }

  /** Asks for what ends the link; without an answer the same can be asked again. */
  async last<T>(method: string, path: string, json?: unknown): Promise<T> {
    this.unanswered = true;
    try {
      const given = await call<T>(method, path, this.token, json);
      this.unanswered = false;
      return given;
    } catch (error) {
      if (error instanceof Refusal && error.final) this.unanswered = false;
      throw error;
    }
  }

  show(status: Status): void {
    this.status = status;
    this.skew = status.now - Date.now();
    this.away = false;
  }

  /** The person's link, to keep. */
  get link(): string {
    return `${location.origin}/participate#${this.token ?? ''}`;
  }

  async look(): Promise<void> {
    clearTimeout(this.#timer);
    const token = this.token;
    if (token && !this.refused) {
      try {
        const status = await call<Status>('GET', 'me', token);
        if (token === this.token) this.show(status);
      } catch (error) {
        if (error instanceof Refusal && (error.code === 'unknown_link' || error.code === 'expired_link')) {
          if (token === this.token && !this.unanswered) this.refused = error;
        } else this.away = true;
      }
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.look(), document.hidden ? EVERY_MS * 4 : EVERY_MS);
  }

  #route(): void {
    const [, guardian, given] = TOKEN.exec(location.hash) ?? [];
    if (given) {
      // The secret does not stay in the address bar, nor in the history.
      history.replaceState(null, '', '/participate');
      if (guardian) return this.#signAsGuardian(given);
      this.take(given);
      this.status = null;
      this.view = 'home';
      void this.look();
      return;
    }
    this.guardian ??= kept('plateau.guardian');
    this.token ??= kept('plateau.link');
    const wanted = location.hash.slice(1) as View;
    this.view = this.token && VIEWS.includes(wanted) ? wanted : 'home';
  }
}

export const me = new Me();

/** `15 h 50` or `15:50`. */
export function timeOfDay(unixMs: number, language: string): string {
  const at = new Date(unixMs);
  const minutes = String(at.getMinutes()).padStart(2, '0');
  return language === 'fr' ? `${at.getHours()} h ${minutes}` : `${at.getHours()}:${minutes}`;
}
