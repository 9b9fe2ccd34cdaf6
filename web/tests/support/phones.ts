import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

import type { Command, Message, State } from '../../src/protocol.ts';
import { apply } from '../../src/studio/apply.ts';
import WebSocket from 'ws';

import { PINS } from './studio.ts';

export const config = `
[access]
admin_pin = "${PINS.admin}"
animator_pin = "${PINS.animator}"
moderator_pin = "${PINS.moderator}"
[video]
width = 640
height = 360
[encoder]
hardware = false
preset = "ultrafast"
bitrate_kbps = 1000
[[source]]
id = "cam1"
label = "Caméra 1"
kind = "test"
tone_hz = 0
[[source]]
id = "phone1"
label = "Téléphone 1"
kind = "phone"
[[source]]
id = "phone2"
label = "Téléphone 2"
kind = "phone"
`;

/** The real program with two places for phones. */
export class House {
  state!: State;
  #socket: WebSocket | null = null;
  #next = 1;
  #replies = new Map<number, (message: Message & { type: 'reply' }) => void>();
  #changed = new Set<() => void>();

  private constructor(
    readonly url: string,
    readonly folder: string,
    readonly token: string,
    private readonly process: ChildProcess,
  ) {}

  static async open(): Promise<House> {
    const folder = mkdtempSync(join(tmpdir(), 'plateau-phones-'));
    writeFileSync(join(folder, 'plateau.toml'), config);
    const program = process.env.PLATEAU_BIN ?? resolve(import.meta.dirname, '../../../target/debug/plateau');
    const child = spawn(
      program,
      ['run', '--config', join(folder, 'plateau.toml'), '--data', join(folder, 'data'), '--listen', '127.0.0.1:0'],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let said = '';
    child.stderr.on('data', (part: Buffer) => {
      said = (said + part.toString()).slice(-4000);
      if (process.env.PLATEAU_SHOW) process.stderr.write(part);
    });
    const url = await new Promise<string>((done, reject) => {
      const late = setTimeout(() => reject(new Error(`it did not listen in time\n${said}`)), 20_000);
      createInterface(child.stdout).on('line', (line) => {
        const found = /listening (http:\/\/\S+)/.exec(line)?.[1];
        if (found) (clearTimeout(late), done(found.replace(/\/$/, '')));
      });
      child.on('exit', (code) => reject(new Error(`it ended with ${code}\n${said}`)));
    });
    const answer = await fetch(`${url}/api/login`, { method: 'POST', body: JSON.stringify({ pin: PINS.animator }) });
    const { token } = (await answer.json()) as { token: string };
    const house = new House(url, folder, token, child);
    await house.#follow();
    return house;
  }

  async #follow(): Promise<void> {
    const socket = new WebSocket(`${this.url.replace('http', 'ws')}/api/control`, { headers: { Authorization: `Bearer ${this.token}` } });
    this.#socket = socket;
    await new Promise<void>((done, reject) => {
      socket.on('error', reject);
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as Message;
        if (message.type === 'snapshot') ((this.state = message.state), done());
        else if (message.type === 'event') this.state = apply(this.state, message);
        else if (message.type === 'reply') this.#replies.get(message.id as number)?.(message);
        this.#changed.forEach((look) => look());
      });
    });
  }

  async command(command: Command): Promise<void> {
    const id = this.#next++;
    const reply = new Promise<Message & { type: 'reply' }>((done) => this.#replies.set(id, done));
    this.#socket!.send(JSON.stringify({ id, ...command }));
    const { ok, error } = await reply;
    if (!ok) throw new Error(error?.message);
  }

  /** Waits until the state is as wanted; returns the milliseconds it took. */
  async until(what: string, wanted: (state: State) => boolean, ms = 8000): Promise<number> {
    const began = performance.now();
    if (wanted(this.state)) return 0;
    await new Promise<void>((done, reject) => {
      const late = setTimeout(() => (this.#changed.delete(look), reject(new Error(`the studio never came to: ${what}\n${JSON.stringify(this.state.sources)}`))), ms);
      const look = () => {
        if (wanted(this.state)) (clearTimeout(late), this.#changed.delete(look), done());
      };
      this.#changed.add(look);
    });
    return performance.now() - began;
  }

  /** A request of the desk's. */
  async desk<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.token}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  }

  /** A personal link for a slot. */
  async link(slot: string): Promise<string> {
    return (await this.desk<{ url: string }>('POST', `/api/slots/${slot}/link`)).url;
  }

  async close(): Promise<void> {
    this.#socket?.close();
    const gone = new Promise((done) => this.process.once('exit', done));
    this.process.kill('SIGTERM');
    const late = setTimeout(() => this.process.kill('SIGKILL'), 8000);
    await gone;
    clearTimeout(late);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
