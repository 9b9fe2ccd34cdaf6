import { Refusal } from '../common/request';
import { call, type Status } from './api';

const KEY = 'plateau.link';
const EVERY_MS = 5000;
const TOKEN = /^#([0-9a-f]{64})$/;

export type View = 'home' | 'agree' | 'prepare' | 'fellows' | 'agreement' | 'data' | 'survey';
const VIEWS: readonly View[] = ['agree', 'prepare', 'fellows', 'agreement', 'data', 'survey'];

/** Whoever holds this phone: their link, and where their segment stands. */
class Me {
  token = $state<string | null>(null);
  status = $state.raw<Status | null>(null);
  /** The studio does not answer; what is shown may be old. */
  away = $state(false);
  /** The link is no good. */
  refused = $state.raw<Refusal | null>(null);
  view = $state<View>('home');
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
    void this.look();
  }

  /** A link that was just given, or a new one. */
  take(token: string): void {
    this.token = token;
    this.refused = null;
    localStorage.setItem(KEY, token);
  }

  forget(): void {
    this.token = null;
    this.status = null;
    this.refused = null;
    localStorage.removeItem(KEY);
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
    const given = TOKEN.exec(location.hash)?.[1];
    if (given) {
      this.take(given);
      // The secret does not stay in the address bar, nor in the history.
      history.replaceState(null, '', '/participate');
      this.status = null;
      this.view = 'home';
      void this.look();
      return;
    }
    this.token ??= localStorage.getItem(KEY);
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
