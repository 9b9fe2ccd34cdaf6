// A take on its way to the studio while it is recorded: chunk after chunk, whatever the network does.

import { Sha256 } from './sha256';
import { Spool } from './spool';

/** For one chunk's answer. */
const ANSWER_MS = 8000;
/** Between two attempts. */
const WAIT_MS = 700;

/** The studio said no, with a sentence in both languages. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly text: { fr: string; en: string } | null,
  ) {
    super(text?.en ?? String(status));
  }
}

/** A request of the booth's; throws [`Refused`] for the studio's no, anything else for the network's. */
export async function ask<T>(path: string, init: RequestInit & { json?: unknown } = {}): Promise<T> {
  const { json, ...rest } = init;
  const headers = json === undefined ? rest.headers : { 'Content-Type': 'application/json', ...rest.headers };
  const answer = await fetch(path, { ...rest, cache: 'no-store', ...(headers && { headers }), ...(json === undefined ? {} : { body: JSON.stringify(json) }) });
  const text = await answer.text();
  if (answer.ok) return (text ? JSON.parse(text) : undefined) as T;
  let error: { code: string; text: { fr: string; en: string } } | null = null;
  try {
    error = (JSON.parse(text) as { error: { code: string; text: { fr: string; en: string } } }).error;
  } catch {
    // Not the studio's own answer.
  }
  throw new Refused(answer.status, error?.code ?? '', error?.text ?? null);
}

interface Progress {
  next: number;
  bytes: number;
}

export class Upload {
  #hash = new Sha256();
  #recorded = 0;
  #sent = 0;
  #ended = false;
  #dropped = false;
  #wake: () => void = () => {};
  #adding: Promise<void> = Promise.resolve();
  #sending: Promise<void>;

  private constructor(
    readonly take: string,
    private readonly spool: Spool,
    private readonly tell: (state: { waiting: number; online: boolean }) => void,
  ) {
    this.#sending = this.#run();
    this.#sending.catch(() => {});
  }

  static async start(signed: unknown, tell: (state: { waiting: number; online: boolean }) => void): Promise<Upload> {
    const spool = await Spool.open();
    const { id } = await ask<{ id: string }>('/api/booth/takes', { method: 'POST', json: signed });
    return new Upload(id, spool, tell);
  }

  /** What the recorder has; called in order. */
  add(chunk: Blob): void {
    if (!chunk.size) return;
    const index = this.#recorded++;
    this.#adding = this.#adding.then(async () => {
      this.#hash.update(new Uint8Array(await chunk.arrayBuffer()));
      await this.spool.put(index, chunk);
      this.#wake();
    });
  }

  /** The recorder has ended: waits until the whole is there and is what was recorded. */
  async finish(): Promise<string> {
    await this.#adding;
    this.#ended = true;
    this.#wake();
    await this.#sending;
    const sha256 = this.#hash.hex();
    await this.#insist(() => ask(`/api/booth/takes/${this.take}/finish`, { method: 'POST', json: { sha256 } }));
    this.spool.close();
    return sha256;
  }

  /** Nobody wants it any more. */
  async drop(): Promise<void> {
    this.#dropped = true;
    this.#wake();
    await ask(`/api/booth/takes/${this.take}`, { method: 'DELETE' }).catch(() => {});
    this.spool.close();
  }

  async #run(): Promise<void> {
    while (!this.#dropped) {
      if (this.#sent >= this.#recorded && this.#ended) return;
      const chunk = await this.spool.get(this.#sent);
      if (!chunk) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          setTimeout(resolve, 250);
        });
        continue;
      }
      const index = this.#sent;
      const { next } = await this.#insist(async () => {
        try {
          const late = new AbortController();
          const timer = setTimeout(() => late.abort(), ANSWER_MS);
          const sent = ask<Progress>(`/api/booth/takes/${this.take}/chunks/${index}`, { method: 'PUT', body: chunk, signal: late.signal });
          return await sent.finally(() => clearTimeout(timer));
        } catch (error) {
          // What is awaited is another one: the answer to one that had arrived was lost.
          if (error instanceof Refused && error.code === 'another_chunk') return await ask<Progress>(`/api/booth/takes/${this.take}`);
          throw error;
        }
      });
      for (; this.#sent < next; this.#sent++) await this.spool.drop(this.#sent);
      this.tell({ waiting: this.#recorded - this.#sent, online: true });
    }
  }

  /** Again and again, until the studio has said yes or no. */
  async #insist<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        if (this.#dropped) throw error;
        if (error instanceof Refused && error.status < 500 && error.status !== 408 && error.status !== 429 && error.code) throw error;
      }
      this.tell({ waiting: this.#recorded - this.#sent, online: false });
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    }
  }
}
