/** What the big figures say: `late` is over time, `soon` the last minute. */
export type Left = { text: string; mood: 'calm' | 'soon' | 'late' };

const SOON_MS = 60_000;

/** Time left of a segment, milliseconds; a second is shown until it is over. */
export function left(ms: number): Left {
  const mood = ms < 0 ? 'late' : ms <= SOON_MS ? 'soon' : 'calm';
  const seconds = ms < 0 ? Math.floor(-ms / 1000) : Math.ceil(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return { text: h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`, mood };
}
