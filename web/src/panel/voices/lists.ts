import type { Question } from '../../protocol';

/** The desk's three lists. */
export type List = 'waiting' | 'queue' | 'all';

/** A list's questions: what waits in the order it came, the queue in the order it was accepted (what is on
 * air first), everything newest first. */
export function choose(questions: Question[], list: List, wanted: string): Question[] {
  const found = questions.filter((question) => matches(question, wanted));
  switch (list) {
    case 'waiting':
      return found.filter(({ state }) => state === 'waiting');
    case 'queue':
      return found
        .filter(({ state }) => state === 'accepted' || state === 'on_air')
        .sort((a, b) => Number(b.state === 'on_air') - Number(a.state === 'on_air') || a.since - b.since);
    case 'all':
      return found.reverse();
  }
}

/** Every word is in the name, the text or the network, whatever the case and the accents. */
function matches({ name, text, network }: Question, wanted: string): boolean {
  const plain = (said: string) => said.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  const where = plain(`${name} ${network} ${text}`);
  return plain(wanted)
    .split(/\s+/)
    .every((word) => where.includes(word));
}
