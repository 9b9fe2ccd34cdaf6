import type { Frame } from './frame';
import { studio } from './studio.svelte';

const RATE = 48_000;
/** Seconds of sound kept ahead: enough for Wi-Fi, short enough to check lips. */
const CUSHION = 0.12;

/** The operator's headphones: one source at a time, or the program. */
class Headphones {
  /** What is heard now. */
  source = $state<string | null>(null);

  #context: AudioContext | null = null;
  #next = 0;

  /** Listens to a source, or stops if it is the one already heard. Call from a tap: browsers ask for one. */
  toggle(source: string): void {
    this.source = this.source === source ? null : source;
    if (this.source) {
      this.#context ??= new AudioContext({ sampleRate: RATE, latencyHint: 'interactive' });
      void this.#context.resume();
      this.#next = 0;
      studio.listen(this.source, (frame) => this.#play(frame));
    } else {
      studio.listen(null, null);
      void this.#context?.suspend();
    }
  }

  #play(frame: Frame): void {
    const context = this.#context;
    if (!context || frame.id !== this.source) return;
    const count = Math.floor(frame.data.byteLength / 4);
    if (count === 0) return;
    const samples = new DataView(frame.data.buffer, frame.data.byteOffset, count * 4);
    const buffer = context.createBuffer(2, count, RATE);
    const [left, right] = [buffer.getChannelData(0), buffer.getChannelData(1)];
    for (let i = 0; i < count; i++) {
      left[i] = samples.getInt16(i * 4, true) / 32768;
      right[i] = samples.getInt16(i * 4 + 2, true) / 32768;
    }
    // Too late or piled up: start again from the cushion.
    if (this.#next < context.currentTime || this.#next > context.currentTime + 4 * CUSHION) {
      this.#next = context.currentTime + CUSHION;
    }
    const node = context.createBufferSource();
    node.buffer = buffer;
    node.connect(context.destination);
    node.start(this.#next);
    this.#next += buffer.duration;
  }
}

export const headphones = new Headphones();
