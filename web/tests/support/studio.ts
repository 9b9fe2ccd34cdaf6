import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

export const PINS = { admin: '735101', animator: '735202', moderator: '735303' };

const START_MS = 20_000;

/** What every studio of these tests has: the PINs, and a picture that costs little. */
export const SMALL = `[access]
admin_pin = "${PINS.admin}"
animator_pin = "${PINS.animator}"
moderator_pin = "${PINS.moderator}"
[video]
width = 640
height = 360
`;

const config = (media: string) => `
[plateau]
title = "Fête du Miel"
place = "L'Aquarium, médiathèque de Mouans-Sartoux"
${SMALL}[encoder]
preset = "ultrafast"
bitrate_kbps = 800
${['Caméra 1', 'Caméra 2', 'Caméra 3, du fond de la salle']
  .map((label, i) => `[[source]]\nid = "cam${i + 1}"\nlabel = "${label}"\nkind = "test"\n`)
  .join('')}
[[source]]
id = "generique"
label = "Générique"
kind = "media"
path = "${media}"
[[scene]]
id = "duo"
label = "Duo"
layers = [ { source = "cam1", width = 0.5, fit = "cover" }, { source = "cam2", x = 0.5, width = 0.5, fit = "cover" } ]
[[scene]]
id = "incrustation"
label = "Animatrice et écran du public"
layers = [ { source = "cam1" }, { source = "cam3", x = 0.68, y = 0.64, width = 0.28, height = 0.28, fit = "cover" } ]
[[output]]
id = "page"
label = "Page du direct"
kind = "hls"
[[output]]
id = "peertube"
label = "PeerTube"
kind = "rtmp"
url = "rtmp://127.0.0.1:1/live"
key = "nobody-listens-there"
[[output]]
id = "log"
label = "Programme entier"
kind = "file"
path = "program.mp4"
`;

/** The real program in a folder of its own, on a free port of the loopback. */
export class Studio {
  private constructor(
    readonly url: string,
    readonly folder: string,
    private process: ChildProcess,
  ) {}

  /** With the cameras of the tests, or with a configuration that `prepare` makes in its folder. */
  static async start(prepare: (folder: string) => string | Promise<string> = testConfig): Promise<Studio> {
    const folder = mkdtempSync(join(tmpdir(), 'plateau-web-'));
    writeFileSync(join(folder, 'plateau.toml'), await prepare(folder));
    const { url, child } = await run(folder, '127.0.0.1:0');
    return new Studio(url, folder, child);
  }

  /** Ends the program and starts it again, at the same address and with the same data. */
  async restart(): Promise<void> {
    await this.end();
    this.process = (await run(this.folder, new URL(this.url).host)).child;
  }

  async stop(): Promise<void> {
    await this.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async end(): Promise<void> {
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGTERM');
    const late = setTimeout(() => this.process.kill('SIGKILL'), 8000);
    await gone;
    clearTimeout(late);
  }
}

function testConfig(folder: string): string {
  const media = join(folder, 'generique.mkv');
  const made = spawnSync('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=s=320x180:r=25:d=5', '-f', 'lavfi', '-i', 'sine=440:d=5'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', media],
  ]);
  if (made.status !== 0) throw new Error(`ffmpeg: ${made.stderr?.toString()}`);
  return config(media);
}

async function run(folder: string, listen: string): Promise<{ url: string; child: ChildProcess }> {
  const program = process.env.PLATEAU_BIN ?? resolve(import.meta.dirname, '../../../target/debug/plateau');
  const child = spawn(program, ['run', '--config', join(folder, 'plateau.toml'), '--data', join(folder, 'data'), '--listen', listen], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (part: Buffer) => (said = (said + part.toString()).slice(-4000)));
  const url = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${program} did not listen in time\n${said}`)), START_MS);
    createInterface(child.stdout).on('line', (line) => {
      const found = /listening (http:\/\/\S+)/.exec(line)?.[1];
      if (!found) return;
      clearTimeout(late);
      resolve(found);
    });
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`${program} ended with ${code}\n${said}`)));
  });
  return { url: url.replace(/\/$/, ''), child };
}
