import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NAME = `plateau${process.pid}`;
const NEAR = `pl${process.pid % 100_000}`;
const SUBNET = `10.${77 + (process.pid % 100)}.0`;

/** A network of its own for one browser, as narrow as wanted: the Wi-Fi of a venue. */
export class Air {
  /** The studio's address in it. */
  readonly host = `${SUBNET}.1`;
  /** Starts Chromium inside; for Playwright's `executablePath`. */
  readonly browser: string;
  #folder = mkdtempSync(join(tmpdir(), 'plateau-air-'));

  private constructor(chromium: string) {
    this.browser = join(this.#folder, 'chromium');
    writeFileSync(this.browser, `#!/bin/sh\nexec ip netns exec ${NAME} ${chromium} "$@"\n`);
    chmodSync(this.browser, 0o755);
  }

  /** `null` where this machine lets nobody make networks. */
  static open(chromium: string): Air | null {
    const ways = [
      ['netns', 'add', NAME],
      ['link', 'add', NEAR, 'type', 'veth', 'peer', 'name', 'far', 'netns', NAME],
      ['addr', 'add', `${SUBNET}.1/24`, 'dev', NEAR],
      ['link', 'set', NEAR, 'up'],
      ['-n', NAME, 'addr', 'add', `${SUBNET}.2/24`, 'dev', 'far'],
      ['-n', NAME, 'link', 'set', 'far', 'up'],
      ['-n', NAME, 'link', 'set', 'lo', 'up'],
      ['-n', NAME, 'route', 'add', 'default', 'via', `${SUBNET}.1`],
    ];
    if (ways.every((words) => spawnSync('ip', words).status === 0)) {
      const air = new Air(chromium);
      // Whether it can be narrowed is known only by doing it.
      if (air.#shape('replace', 100_000)) return air;
      air.close();
    }
    spawnSync('ip', ['netns', 'del', NAME]);
    return null;
  }

  /** What the phone sends goes out at this rate from now on; waits a quarter of a second at most. */
  narrow(kbps: number): void {
    if (!this.#shape('replace', kbps)) throw new Error(`the network cannot be narrowed to ${kbps} kbit/s`);
  }

  #shape(verb: string, kbps: number): boolean {
    const words = ['-n', NAME, 'qdisc', verb, 'dev', 'far', 'root', 'tbf', 'rate', `${kbps}kbit`, 'burst', '8kb', 'latency', '250ms'];
    return spawnSync('tc', words).status === 0;
  }

  close(): void {
    spawnSync('ip', ['netns', 'del', NAME]);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
