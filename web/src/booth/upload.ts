// A take on its way to the studio while it is recorded: chunk after chunk, whatever the network does.

import { request, Refusal } from '../common/request';
import { Sha256 } from './sha256';
import { Spool } from './spool';

/** For one chunk's answer. */
const ANSWER_MS = 8000;
/** Between two attempts. */
const WAIT_MS = 700;

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
    const { id } = await request<{ id: string }>('/api/booth/takes', { method: 'POST', json: signed });
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
    await this.#insist(() => request(`/api/booth/takes/${this.take}/finish`, { method: 'POST', json: { sha256 } }));
    await this.spool.end();
    return sha256;
  }

  /** Nobody wants it any more. */
  async drop(): Promise<void> {
    this.#dropped = true;
    this.#wake();
    await request(`/api/booth/takes/${this.take}`, { method: 'DELETE' }).catch(() => {});
    await this.spool.end();
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
          return await request<Progress>(`/api/booth/takes/${this.take}/chunks/${index}`, {
            method: 'PUT',
            body: chunk,
            patience: ANSWER_MS,
          });
        } catch (error) {
          // What is awaited is another one: the answer to one that had arrived was lost.
          if (error instanceof Refusal && error.code === 'another_chunk') return await request<Progress>(`/api/booth/takes/${this.take}`);
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
        if (this.#dropped || (error instanceof Refusal && error.final)) throw error;
      }
      this.tell({ waiting: this.#recorded - this.#sent, online: false });
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    }
  }
}
