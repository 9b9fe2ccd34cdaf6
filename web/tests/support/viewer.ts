import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const WIDTH = 320;
const HEIGHT = 180;

/** A part of the picture, in fractions of it. */
export type Region = { x: number; y: number; width: number; height: number };

/** An independent reader (ffmpeg) that sees what a network's viewers see. It may come before the stream does. */
export class Viewer {
  /** How many pictures came that were not like the one before. */
  changes = 0;
  /** The stream is over. */
  over = false;
  #picture: Buffer | null = null;
  readonly #child: ChildProcess;

  constructor(url: string) {
    // With the least delay ffmpeg can.
    const early = ['-fflags', 'nobuffer', '-flags', 'low_delay', '-probesize', '100000', '-analyzeduration', '0', '-rtmp_live', 'live'];
    const grey = ['-an', '-vf', `scale=${WIDTH}:${HEIGHT}`, '-pix_fmt', 'gray', '-fps_mode', 'passthrough', '-flush_packets', '1'];
    const child = spawn('ffmpeg', ['-v', 'error', '-nostdin', '-threads', '1', ...early, '-i', url, ...grey, '-f', 'rawvideo', '-'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    child.on('exit', () => (this.over = true));
    let come = Buffer.alloc(0);
    child.stdout.on('data', (part: Buffer) => {
      come = Buffer.concat([come, part]);
      for (; come.length >= WIDTH * HEIGHT; come = come.subarray(WIDTH * HEIGHT)) {
        const picture = come.subarray(0, WIDTH * HEIGHT);
        if (this.#picture && !picture.equals(this.#picture)) this.changes++;
        this.#picture = picture;
      }
    });
  }

  /** How bright a part of the newest picture is on the whole, 0 to 255. */
  brightness({ x, y, width, height }: Region): number {
    if (!this.#picture) throw new Error('no picture has come');
    const [left, right] = [Math.round(x * WIDTH), Math.round((x + width) * WIDTH)];
    const [top, bottom] = [Math.round(y * HEIGHT), Math.round((y + height) * HEIGHT)];
    let sum = 0;
    for (let row = top; row < bottom; row++)
      for (const value of this.#picture.subarray(row * WIDTH + left, row * WIDTH + right)) sum += value;
    return sum / ((right - left) * (bottom - top));
  }

  async stop(): Promise<void> {
    if (this.over) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}
