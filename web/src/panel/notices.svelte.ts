import { Refusal } from '../common/request';
import type { Command, Text } from '../protocol';
import { studio } from '../studio/studio.svelte';

/** Where on the panel a refusal is shown: beside what was touched. */
export type Place = 'desk' | 'big' | 'titles' | 'sound' | 'media' | 'outputs' | 'voices' | 'editor' | 'menu' | 'problems' | 'rundown';

const SHOWN_MS = 8000;

class Notices {
  #texts = $state<Partial<Record<Place, Text>>>({});
  #codes = $state<Partial<Record<Place, string>>>({});
  #timers = new Map<Place, ReturnType<typeof setTimeout>>();

  /** The sentence to show at a place, if any. */
  at(place: Place): Text | undefined {
    return this.#texts[place];
  }

  /** The code of the refusal that is shown at a place; empty where there is none. */
  code(place: Place): string {
    return this.#codes[place] ?? '';
  }

  show(place: Place, text: Text, code = ''): void {
    clearTimeout(this.#timers.get(place));
    this.#texts[place] = text;
    this.#codes[place] = code;
    this.#timers.set(
      place,
      setTimeout(() => this.clear(place), SHOWN_MS),
    );
  }

  clear(place: Place): void {
    clearTimeout(this.#timers.get(place));
    delete this.#texts[place];
    delete this.#codes[place];
  }
}

export const notices = new Notices();

/** Sends a command; a refusal appears at `place`. Resolves to whether it was carried out. */
export async function ask(place: Place, command: Command): Promise<boolean> {
  try {
    await studio.ask(command);
    notices.clear(place);
    return true;
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    notices.show(place, refusal.text, refusal.code);
    return false;
  }
}
