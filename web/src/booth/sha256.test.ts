import { describe, expect, it } from 'vitest';

import { Sha256 } from './sha256';

const ours = (data: Uint8Array, piece: number) => {
  const hash = new Sha256();
  for (let at = 0; at < data.length; at += piece) hash.update(data.subarray(at, at + piece));
  return hash.hex();
};

describe('a hash of pieces', () => {
  it('is that of the whole, however it is cut', async () => {
    for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 1000, 70_000]) {
      const data = Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255);
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
      const theirs = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      for (const piece of [1, 64, 100, 70_000]) if (piece > 1 || length < 200) expect(ours(data, piece)).toBe(theirs);
    }
  });
});
