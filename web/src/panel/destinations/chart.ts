import type { Sample } from './destinations.svelte';

/** A line of the chart: a point for each minute, in a box of `width` × `height`; a gap where nothing was told. */
export function path(samples: Sample[], value: (sample: Sample) => number | undefined, width: number, height: number): string {
  const first = samples[0]?.at ?? 0;
  const span = Math.max(60_000, (samples.at(-1)?.at ?? 0) - first);
  const most = peak(samples, value);
  let out = '';
  let pen = 'M';
  for (const sample of samples) {
    const told = value(sample);
    if (told === undefined) {
      pen = 'M';
      continue;
    }
    const x = ((sample.at - first) / span) * width;
    const y = height - (told / Math.max(1, most)) * height;
    out += `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = 'L';
  }
  return out;
}

/** The greatest value of the day. */
export function peak(samples: Sample[], value: (sample: Sample) => number | undefined): number {
  return samples.reduce((most, sample) => Math.max(most, value(sample) ?? 0), 0);
}
