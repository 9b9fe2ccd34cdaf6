import { request } from '../../common/request';
import type { Text } from '../../protocol';

/** What `/api/destinations` tells of an output. */
export type Sheet = {
  output: string;
  label: string;
  preset: string | null;
  title: string;
  description: string;
  licence: Text | null;
  hours: number | null;
  note: Text | null;
  advice: Text[];
};

/** What `/api/numbers` tells of a minute. */
export type Sample = {
  at: number;
  viewers: number;
  outputs: { [key in string]?: { label: string; kbps: number; dropped: number; reconnections: number } };
};

class Destinations {
  sheets = $state.raw<Sheet[]>([]);
  day = $state.raw<Sample[]>([]);

  async load(): Promise<void> {
    if (!this.sheets.length) this.sheets = await request<Sheet[]>('/api/destinations').catch(() => []);
  }

  async refresh(): Promise<void> {
    this.day = await request<Sample[]>('/api/numbers').catch(() => this.day);
  }
}

export const destinations = new Destinations();
