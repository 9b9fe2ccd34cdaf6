/**
 * Sends values of a moving handle one at a time: while one is on its way only the newest is kept, so a
 * fast finger never queues. Resolves to the outcome of that value, or `false` if a newer one replaced it.
 */
export function latest<T>(send: (value: T) => Promise<boolean>): (value: T) => Promise<boolean> {
  let busy = false;
  let next: { value: T; done: (sent: boolean) => void } | null = null;

  async function run(value: T): Promise<boolean> {
    busy = true;
    const outcome = await send(value);
    busy = false;
    const waiting = next;
    next = null;
    if (waiting) void run(waiting.value).then(waiting.done);
    return outcome;
  }

  return (value) => {
    if (!busy) return run(value);
    next?.done(false);
    return new Promise((done) => (next = { value, done }));
  };
}
