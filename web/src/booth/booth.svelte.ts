// The booth: one person after the other, from the signature to the thanks.

import { language } from '../common/language.svelte';
import { request, Refusal, UNREACHABLE, why } from '../common/request';
import type { Text } from '../protocol';
import { Upload } from './upload';

export interface Question {
  text: Text;
  seconds: number;
}

interface About {
  title: string;
  licence: string;
  questions: Question[];
  longest_chunk: number;
}

export interface Signature {
  name: string;
  credit: string | null;
  adult: boolean;
  recorded: boolean;
  published: boolean;
  /** What the screen said, word for word. */
  text: string;
}

export type Step =
  'loading' | 'unreachable' | 'closed' | 'welcome' | 'sign' | 'countdown' | 'recording' | 'finishing' | 'review' | 'thanks';

/** Seconds before the first question. */
const COUNTDOWN = 3;
/** A piece of the recording, milliseconds. */
const PIECE = 1000;
/** Who has walked away leaves the booth to the next person after so long without a touch. */
const ABANDONED = { sign: 120_000, review: 240_000, thanks: 60_000 } as const;
const KINDS = ['video/webm;codecs=vp8,opus', 'video/mp4;codecs=avc1.42E01F,mp4a.40.2', 'video/webm', 'video/mp4'];

class Booth {
  step = $state<Step>('loading');
  about = $state.raw<About | null>(null);
  count = $state(COUNTDOWN);
  index = $state(0);
  /** Seconds left for this answer. */
  left = $state(0);
  stream = $state.raw<MediaStream | null>(null);
  waiting = $state(0);
  online = $state(true);
  problem = $state.raw<Text | null>(null);
  denied = $state(false);
  published = $state(false);
  take = $state('');
  /** The person's own link, as a code to take along. */
  mine = $state.raw<{ url: string; qr: string } | null>(null);
  /** Of the last recording, for whoever wants to compare. */
  sha256 = $state('');

  #signature: Signature | null = null;
  #upload: Upload | null = null;
  #recorder: MediaRecorder | null = null;
  #clock: ReturnType<typeof setInterval> | undefined;
  #away: ReturnType<typeof setTimeout> | undefined;

  async open(): Promise<void> {
    try {
      this.about = await request<About>('/api/booth');
      this.#go('welcome');
    } catch (error) {
      if (error instanceof Refusal && error.final) return this.#go('closed');
      this.#go('unreachable');
      setTimeout(() => void this.open(), 2500);
    }
  }

  /** An animator's PIN makes this tablet the booth's; nothing of the desk stays on it. */
  async pair(pin: string): Promise<void> {
    this.problem = null;
    try {
      const { token } = await request<{ token: string }>('/api/login', { method: 'POST', json: { pin } });
      try {
        await request('/api/booth/pair', { method: 'POST', token });
      } finally {
        await request('/api/logout', { method: 'POST', token });
      }
      await this.open();
    } catch (error) {
      this.problem = why(error);
    }
  }

  sign(): void {
    this.#go('sign');
  }

  /** Signed: the camera is asked for, and the countdown begins. */
  async begin(signature: Signature): Promise<void> {
    this.problem = null;
    this.denied = false;
    this.#signature = signature;
    this.published = signature.published;
    try {
      this.stream ??= await navigator.mediaDevices.getUserMedia({
        video: { facingMode: 'user', width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 25, max: 30 } },
        audio: { echoCancellation: false, noiseSuppression: true, autoGainControl: true },
      });
    } catch {
      this.denied = true;
      return;
    }
    await this.#countdown();
  }

  next(): void {
    const question = this.about!.questions[this.index + 1];
    if (!question) return void this.stop();
    this.index += 1;
    this.left = question.seconds;
  }

  /** Ends the recording; what is on its way arrives first. */
  async stop(): Promise<void> {
    if (this.step !== 'recording') return;
    clearInterval(this.#clock);
    this.#go('finishing');
    const recorder = this.#recorder!;
    const ended = new Promise((resolve) => recorder.addEventListener('stop', resolve, { once: true }));
    recorder.stop();
    await ended;
    try {
      this.sha256 = await this.#upload!.finish();
      this.#release();
      this.#go('review');
    } catch (error) {
      this.#failed(error);
    }
  }

  async send(): Promise<void> {
    try {
      this.mine = await request<{ url: string; qr: string }>(`/api/booth/takes/${this.take}/send`, { method: 'POST' });
      this.#upload = null;
      this.#go('thanks');
    } catch (error) {
      this.problem = why(error);
    }
  }

  async again(): Promise<void> {
    await this.#upload?.drop();
    this.#upload = null;
    await this.begin(this.#signature!);
  }

  /** Back to the beginning; what was not sent is erased. */
  leave(): void {
    clearInterval(this.#clock);
    void this.#upload?.drop();
    this.#upload = null;
    this.#signature = null;
    this.#release();
    this.problem = null;
    this.denied = false;
    this.take = '';
    this.mine = null;
    void this.open();
  }

  /** Somebody is there. */
  touched(): void {
    clearTimeout(this.#away);
    const patience = ABANDONED[this.step as keyof typeof ABANDONED];
    if (patience) this.#away = setTimeout(() => this.leave(), patience);
  }

  async #countdown(): Promise<void> {
    this.#go('countdown');
    try {
      this.#upload = await Upload.start({ ...this.#signature, language: language() }, ({ waiting, online }) => {
        this.waiting = waiting;
        this.online = online;
      });
    } catch (error) {
      return this.#failed(error);
    }
    this.take = this.#upload.take;
    for (this.count = COUNTDOWN; this.count > 0; this.count--) await new Promise((resolve) => setTimeout(resolve, 1000));
    if (this.step === 'countdown') this.#record();
  }

  #record(): void {
    const upload = this.#upload!;
    const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    this.#recorder = new MediaRecorder(this.stream!, {
      ...(mimeType && { mimeType }),
      videoBitsPerSecond: 2_500_000,
      audioBitsPerSecond: 128_000,
    });
    this.#recorder.ondataavailable = ({ data }) => upload.add(data);
    this.#recorder.start(PIECE);
    this.index = 0;
    this.left = this.about!.questions[0]!.seconds;
    this.#go('recording');
    this.#clock = setInterval(() => {
      this.left -= 1;
      if (this.left <= 0) this.next();
    }, 1000);
  }

  #failed(error: unknown): void {
    clearInterval(this.#clock);
    void this.#upload?.drop();
    this.#upload = null;
    this.problem = error instanceof Refusal ? error.text : UNREACHABLE;
    this.#release();
    this.#go('sign');
  }

  #release(): void {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    this.#recorder = null;
  }

  #go(step: Step): void {
    this.step = step;
    this.touched();
  }
}

export const booth = new Booth();
