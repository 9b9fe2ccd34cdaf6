import { Remote } from './remote.ts';
import { SMALL, Studio } from './studio.ts';

/** Chromium with its own fake camera and microphone. */
export const FAKE_DEVICES = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    '--autoplay-policy=no-user-gesture-required',
  ],
};

const config = `
${SMALL}[encoder]
hardware = false
preset = "ultrafast"
bitrate_kbps = 1000
[[source]]
id = "cam1"
label = "Caméra 1"
kind = "test"
tone_hz = 0
[[source]]
id = "phone1"
label = "Téléphone 1"
kind = "phone"
[[source]]
id = "phone2"
label = "Téléphone 2"
kind = "phone"
`;

/** The real program with two places for phones, and its desk. */
export class House {
  private constructor(
    private readonly studio: Studio,
    readonly remote: Remote,
  ) {}

  static async open(): Promise<House> {
    const studio = await Studio.start(() => config);
    return new House(studio, await Remote.join(studio));
  }

  get url(): string {
    return this.studio.url;
  }

  get folder(): string {
    return this.studio.folder;
  }

  /** A request of the desk's. */
  async desk<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.remote.token}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  }

  /** A personal link for a slot. */
  async link(slot: string): Promise<string> {
    return (await this.desk<{ url: string }>('POST', `/api/slots/${slot}/link`)).url;
  }

  async close(): Promise<void> {
    this.remote.close();
    await this.studio.stop();
  }
}
