import WebSocket from 'ws';

import type { Command, Message, State } from '../../src/protocol.ts';
import { apply } from '../../src/studio/apply.ts';
import { PINS, type Studio } from './studio.ts';

/** A second client, to arrange what a test begins with and to know what the studio really did. */
export class Remote {
  state!: State;
  #rev = 0;
  #next = 1;
  #waiting = new Map<number, (message: Message & { type: 'reply' }) => void>();
  #changed = new Set<() => void>();

  private constructor(
    private readonly socket: WebSocket,
    readonly token: string,
  ) {}

  static async join(studio: Studio): Promise<Remote> {
    const answer = await fetch(`${studio.url}/api/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ pin: PINS.admin }),
    });
    const { token } = (await answer.json()) as { token: string };
    const socket = new WebSocket(`${studio.url.replace('http', 'ws')}/api/control`, { headers: { Authorization: `Bearer ${token}` } });
    const remote = new Remote(socket, token);
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('message', (data: Buffer) => {
        remote.#receive(JSON.parse(data.toString()) as Message);
        if (remote.state) resolve();
      });
    });
    return remote;
  }

  /** Sends a command; rejects with the studio's sentence. */
  async ask(command: Command): Promise<void> {
    const id = this.#next++;
    const reply = new Promise<Message & { type: 'reply' }>((resolve) => this.#waiting.set(id, resolve));
    this.socket.send(JSON.stringify({ id, ...command }));
    const { ok, error } = await reply;
    if (!ok) throw new Error(error?.message);
  }

  /** Waits until the state is as wanted; returns the milliseconds it took. */
  async until(what: string, wanted: (state: State) => boolean, ms = 8000): Promise<number> {
    const began = performance.now();
    if (wanted(this.state)) return 0;
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!wanted(this.state)) return;
        clearTimeout(late);
        this.#changed.delete(look);
        resolve();
      };
      const late = setTimeout(() => {
        this.#changed.delete(look);
        reject(new Error(`the studio never came to: ${what}`));
      }, ms);
      this.#changed.add(look);
    });
    return performance.now() - began;
  }

  /** Puts the show back to what each test begins with. */
  async reset(): Promise<void> {
    if (this.state.rundown.some(({ state }) => state === 'on_air')) await this.ask({ command: 'segment_end' });
    const s = this.state;
    if (s.slate) await this.ask({ command: 'slate', on: false });
    if (s.recording.on) await this.ask({ command: 'record', on: false });
    if (s.rehearsal) await this.ask({ command: 'rehearsal', on: false });
    if (s.titles.length) await this.ask({ command: 'title_hide' });
    for (const [output, { status }] of Object.entries(s.outputs)) if (status !== 'off') await this.ask({ command: 'output_stop', output });
    await this.ask({ command: 'take', scene: 'cam1', transition: { kind: 'cut', duration_ms: 300 } });
    await this.ask({ command: 'preview', scene: 'cam3' });
    for (const { id, state } of this.state.rundown) if (state !== 'done') await this.ask({ command: 'segment_remove', segment: id });
    for (const { id } of s.scenes.filter((scene) => !scene.automatic && !['duo', 'incrustation'].includes(scene.id))) {
      await this.ask({ command: 'scene_remove', scene: id });
    }
    for (const [source, { audio }] of Object.entries(s.sources)) {
      if (audio.mute || audio.gain_db !== 0) await this.ask({ command: 'audio', source, gain_db: 0, mute: false });
    }
    await this.until('the beginning', (state) => state.program.scene === 'cam1' && state.preview === 'cam3');
  }

  close(): void {
    this.socket.close();
  }

  #receive(message: Message): void {
    if (message.type === 'snapshot') {
      this.state = message.state;
      this.#rev = message.rev;
    } else if (message.type === 'event') {
      if (message.rev !== ++this.#rev) throw new Error(`revision ${message.rev} after ${this.#rev - 1}`);
      this.state = apply(this.state, message);
    } else if (message.type === 'reply') {
      this.#waiting.get(message.id as number)?.(message);
    }
    this.#changed.forEach((look) => look());
  }
}
