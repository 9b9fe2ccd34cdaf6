/**
 * The studio's time on this tablet, in Unix milliseconds, a few times a second. A tablet whose clock
 * is wrong still counts right: the difference is taken from the Date of an answer.
 */
export const clock = $state({ now: Date.now() });

let offset = 0;

/** Starts the clock; returns how to stop it. */
export function startClock(): () => void {
  void learnOffset();
  const tick = setInterval(() => (clock.now = Date.now() + offset), 200);
  const learn = setInterval(() => void learnOffset(), 10 * 60_000);
  return () => {
    clearInterval(tick);
    clearInterval(learn);
  };
}

async function learnOffset(): Promise<void> {
  try {
    const asked = Date.now();
    const answer = await fetch('/healthz', { cache: 'no-store' });
    const date = Date.parse(answer.headers.get('Date') ?? '');
    const half = (Date.now() - asked) / 2;
    // The header counts whole seconds: smaller differences are its rounding.
    const difference = date + 500 + half - Date.now();
    offset = Number.isFinite(difference) && Math.abs(difference) > 1500 ? difference : 0;
  } catch {
    // The websocket tells of a lost studio; the last difference stays good.
  }
}
