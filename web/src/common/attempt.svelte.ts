import type { Text } from '../protocol';
import { why } from './request';

/** What a part of a page asks of the studio, one thing after the other, and why the last was not done. */
export class Attempt {
  problem = $state.raw<Text | null>(null);

  /** Does the work; resolves to whether it was done. */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    this.problem = null;
    try {
      await work();
      return true;
    } catch (error) {
      this.problem = why(error);
      return false;
    }
  }
}
