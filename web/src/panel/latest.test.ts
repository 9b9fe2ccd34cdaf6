import { expect, test } from 'vitest';

import { latest } from './latest';

test('only the newest of the values that wait is sent', async () => {
  const sent: number[] = [];
  const answers: ((ok: boolean) => void)[] = [];
  const send = latest((value: number) => {
    sent.push(value);
    return new Promise<boolean>((resolve) => answers.push(resolve));
  });

  const outcomes = [send(1), send(2), send(3)];
  expect(sent).toEqual([1]);
  answers[0]?.(true);
  expect(await outcomes[0]).toBe(true);
  expect(await outcomes[1]).toBe(false);
  expect(sent).toEqual([1, 3]);
  answers[1]?.(true);
  expect(await outcomes[2]).toBe(true);
});

test('after a refusal the next value is sent as usual', async () => {
  const send = latest((value: number) => Promise.resolve(value > 1));
  expect(await send(1)).toBe(false);
  expect(await send(2)).toBe(true);
});
