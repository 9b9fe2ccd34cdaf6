// The camera: what it stands at, and how it comes back after a call, a lock screen, or lost Wi-Fi.

import { drop, keep, kept } from '../common/kept';
import { Refusal } from '../common/request';
import type { Text } from '../protocol';
import { about, followTally, pass, type About, type Pass, type Tally } from './api';
import { Call } from './call';

export type Standing =
  | 'loading'
  | 'bad_link'
  | 'no_secure'
  | 'no_browser'
  | 'unreachable'
  | 'ready'
  | 'denied'
  | 'no_camera'
  | 'taken'
  | 'replaced'
  | 'connecting'
  | 'reconnecting'
  | 'sending'
  | 'ended'
  | 'forgotten';

type Facing = 'environment' | 'user';

/** Between two attempts: quick at first, so that the slate is short. */
const WAITS = [150, 400, 800, 1500, 3000];

class Camera {
  standing = $state<Standing>('loading');
  about = $state<About | null>(null);
  tally = $state<Tally | null>(null);
  stream = $state.raw<MediaStream | null>(null);
  facing = $state<Facing>('environment');
  muted = $state(false);
  silent = $state(false);
  /** The studio's own words, where it said no. */
  said = $state.raw<Text | null>(null);

  #pass: Pass | null = pass();
  #call: Call | null = null;
  #wanted = false;
  #busy = false;
  #attempt = 0;
  /** The next call is nobody's touch. */
  #byItself = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #following: AbortController | null = null;

  /** Joins the studio; asks for no permission yet. */
  async join(): Promise<void> {
    if (!this.#pass) return void (this.standing = 'bad_link');
    if (!window.isSecureContext) return void (this.standing = 'no_secure');
    if (!navigator.mediaDevices || !window.RTCPeerConnection) return void (this.standing = 'no_browser');
    try {
      this.about = await about(this.#pass);
      // Whatever place it is: this one from now on.
      this.#pass = { ...this.#pass, slot: this.about.slot };
    } catch (error) {
      if (error instanceof Refusal && error.status === 409) {
        this.said = error.text;
        this.standing = 'taken';
        this.#timer = setTimeout(() => void this.join(), 3000);
        return;
      }
      if (error instanceof Refusal && error.final) {
        this.said = error.text;
        return void (this.standing = 'bad_link');
      }
      this.standing = 'unreachable';
      this.#timer = setTimeout(() => void this.join(), 2000);
      return;
    }
    if (!this.#wanted) this.standing = 'ready';
    // Whoever was filming when the page went films on when it is back.
    if (kept('plateau.filming') === this.#pass.token) void this.start(true);
  }

  /** Films and sends. */
  async start(byItself = false): Promise<void> {
    this.#wanted = true;
    this.#byItself = byItself;
    keep('plateau.filming', this.#pass!.token);
    this.#attempt = 0;
    if (!this.#following) {
      this.#following = new AbortController();
      void followTally(this.#pass!, this.#following.signal, (tally) => (this.tally = tally));
    }
    await this.#go();
  }

  /** Sends no more. */
  stop(): void {
    this.#wanted = false;
    drop('plateau.filming');
    clearTimeout(this.#timer);
    this.#following?.abort();
    this.#following = null;
    this.tally = null;
    this.#call?.close(true);
    this.#call = null;
    this.#release();
    this.standing = 'ended';
  }

  /** The link, to keep. */
  get link(): string | null {
    const query = this.#pass?.slot ? `?slot=${encodeURIComponent(this.#pass.slot)}` : '';
    return this.#pass && `${location.origin}/camera${query}#${this.#pass.token}`;
  }

  /** Sends no more, and knows nothing of the link. */
  forget(): void {
    this.stop();
    this.#pass = null;
    this.about = null;
    this.said = null;
    history.replaceState(null, '', '/camera');
    this.standing = 'forgotten';
  }

  /** The other camera; phones open one at a time. */
  async flip(): Promise<void> {
    this.facing = this.facing === 'user' ? 'environment' : 'user';
    this.stream?.getVideoTracks().forEach((track) => (track.stop(), this.stream!.removeTrack(track)));
    try {
      const fresh = (await navigator.mediaDevices.getUserMedia({ video: this.#picture() })).getVideoTracks()[0]!;
      const stream = new MediaStream([fresh, ...(this.stream?.getAudioTracks() ?? [])]);
      this.#watch(fresh);
      this.stream = stream;
      await this.#call?.replace(fresh);
    } catch {
      this.#again();
    }
  }

  mute(): void {
    this.muted = !this.muted;
    this.stream?.getAudioTracks().forEach((track) => (track.enabled = !this.muted));
  }

  /** The page is in sight again, or the network is back: look at once whether all is well. */
  look(): void {
    if (!this.#wanted || document.hidden) return;
    const sending = this.#call?.peer.connectionState === 'connected' && this.stream?.getVideoTracks()[0]?.readyState === 'live';
    if (sending) return;
    this.#attempt = 0;
    clearTimeout(this.#timer);
    void this.#go();
  }

  async #go(): Promise<void> {
    if (this.#busy || !this.#wanted) return;
    this.#busy = true;
    if (this.standing !== 'reconnecting') this.standing = 'connecting';
    try {
      this.#call?.close();
      this.#call = null;
      if (this.stream?.getVideoTracks()[0]?.readyState !== 'live') await this.#film();
      const { slot, iceServers } = this.about!;
      this.#call = await Call.open(this.stream!, slot, this.#pass!, iceServers, this.#byItself, () => this.#again());
      this.#byItself = true;
      if (!this.#wanted) return this.stop();
      this.standing = 'sending';
      this.#attempt = 0;
      this.said = null;
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#busy = false;
    }
  }

  #failed(error: unknown): void {
    const name = error instanceof DOMException ? error.name : '';
    if (name === 'NotAllowedError' || name === 'SecurityError') return this.#giveUp('denied');
    if (name === 'NotFoundError' || name === 'NotReadableError' || name === 'OverconstrainedError') return this.#giveUp('no_camera');
    if (error instanceof Refusal) {
      this.said = error.text;
      if (error.status === 401 || error.status === 403 || error.status === 404) return this.#giveUp('bad_link');
      if (error.code === 'slot_replaced') return this.#giveUp('replaced');
      if (error.status === 409) {
        this.standing = 'taken';
        this.#timer = setTimeout(() => void this.#go(), 3000);
        return;
      }
      if (error.final) return this.#giveUp('no_browser');
    }
    this.#again();
  }

  #giveUp(standing: Standing): void {
    this.#wanted = false;
    drop('plateau.filming');
    this.#following?.abort();
    this.#following = null;
    this.#release();
    this.standing = standing;
  }

  #again(): void {
    if (!this.#wanted) return;
    this.standing = 'reconnecting';
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#go(), WAITS[Math.min(this.#attempt++, WAITS.length - 1)]);
  }

  #picture(): MediaTrackConstraints {
    const { width, height, framerate } = this.about!;
    return {
      facingMode: { ideal: this.facing },
      width: { ideal: Math.min(width, 1280) },
      height: { ideal: Math.min(height, 720) },
      frameRate: { ideal: framerate, max: 30 },
    };
  }

  async #film(): Promise<void> {
    this.#release();
    const audio = { echoCancellation: false, noiseSuppression: true, autoGainControl: true };
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: this.#picture(), audio });
      this.silent = false;
    } catch (error) {
      // A phone whose microphone is refused or busy may still show a picture.
      if (error instanceof DOMException && error.name === 'NotAllowedError') throw error;
      stream = await navigator.mediaDevices.getUserMedia({ video: this.#picture() });
      this.silent = true;
    }
    stream.getAudioTracks().forEach((track) => (track.enabled = !this.muted));
    stream.getVideoTracks().forEach((track) => this.#watch(track));
    this.stream = stream;
  }

  /** A call or another app takes the camera away: it is asked for again when the page is in sight. */
  #watch(track: MediaStreamTrack): void {
    track.addEventListener('ended', () => {
      if (this.stream?.getVideoTracks().includes(track)) this.#again();
    });
  }

  #release(): void {
    const stream = this.stream;
    this.stream = null;
    stream?.getTracks().forEach((track) => track.stop());
  }
}

export const camera = new Camera();
