import { spawnSync } from 'node:child_process';

import { chromium, expect, test, type Page } from '@playwright/test';

import { Air } from './support/air.ts';
import { FAKE_DEVICES, House } from './support/phones.ts';
import { Wire } from './support/wire.ts';

/** What Chromium counts of the call that is open now. */
interface Sent {
  at: number;
  bytes: number;
  frames: number;
  packets: number;
  again: number;
}

// The page's own calls, so that their statistics can be read.
const LISTEN = `window.calls = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...words) { super(...words); window.calls.push(this); }
  };`;

const count = (page: Page): Promise<Sent> =>
  page.evaluate(async () => {
    const calls = (window as unknown as { calls: RTCPeerConnection[] }).calls;
    const sent = { at: performance.now() / 1000, bytes: 0, frames: 0, packets: 0, again: 0 };
    (await calls.at(-1)!.getStats()).forEach(
      (entry: RTCStats & Record<'bytesSent' | 'framesSent' | 'packetsSent' | 'retransmittedPacketsSent', number> & { kind: string }) => {
        if (entry.type === 'transport') sent.bytes = entry.bytesSent;
        if (entry.type !== 'outbound-rtp' || entry.kind !== 'video') return;
        sent.frames = entry.framesSent;
        sent.packets = entry.packetsSent;
        // What the studio missed and asked for: its reports of a share lost come seconds apart.
        sent.again = entry.retransmittedPacketsSent;
      },
    );
    return sent;
  });

/** Kilobits and pictures a second over the next two seconds, and the share of packets sent again. */
async function pace(page: Page): Promise<{ kbps: number; fps: number; again: number }> {
  const before = await count(page);
  await page.waitForTimeout(2000);
  const after = await count(page);
  const time = after.at - before.at;
  return {
    kbps: ((after.bytes - before.bytes) * 8) / 1000 / time,
    fps: (after.frames - before.frames) / time,
    again: (after.again - before.again) / Math.max(1, after.packets - before.packets),
  };
}

/** A picture that takes whatever the network gives: its film for Chromium's camera. */
function noise(): string {
  const film = test.info().outputPath('noise.mjpeg');
  const drawn = spawnSync('ffmpeg', [
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    'testsrc2=size=640x360:rate=25,noise=alls=60:allf=t',
    '-t',
    '2',
    '-q:v',
    '3',
    film,
  ]);
  expect(drawn.status).toBe(0);
  return film;
}

test('a phone fits its picture to a Wi-Fi that becomes narrow, and to one that is wide again', async () => {
  test.setTimeout(180_000);
  const air = Air.open(FAKE_DEVICES.executablePath);
  test.skip(!air, 'this machine does not let us make a network (ip netns, tc tbf)');
  if (!air) return;
  const house = await House.open();
  const wire = await Wire.to(house.url, air.host);
  const browser = await chromium.launch({
    executablePath: air.browser,
    // A camera needs a page that can be trusted; this one's address is not the loopback's.
    args: [...FAKE_DEVICES.args, `--use-file-for-fake-video-capture=${noise()}`, `--unsafely-treat-insecure-origin-as-secure=${wire.url}`],
  });
  try {
    const page = await browser.newPage({ hasTouch: true, viewport: { width: 390, height: 844 }, locale: 'fr-FR' });
    await page.addInitScript(LISTEN);
    const link = new URL(await house.link('phone1'));
    await page.goto(`${wire.url}${link.pathname}${link.search}${link.hash}`);
    await page.getByRole('button', { name: 'Commencer à filmer' }).tap();
    await house.remote.until('live', ({ sources }) => sources['phone1']?.status === 'live', 10_000);
    await expect.poll(async () => (await pace(page)).kbps, { timeout: 40_000, intervals: [0] }).toBeGreaterThan(600);

    air.narrow(400);
    await expect
      .poll(
        async () => {
          const { kbps, fps, again } = await pace(page);
          return kbps < 420 && fps > 12 && again < 0.05
            ? 'fits'
            : `${kbps.toFixed()} kbit/s, ${fps.toFixed()} fps, ${again.toFixed(2)} again`;
        },
        { timeout: 40_000, intervals: [0] },
      )
      .toBe('fits');
    expect(house.remote.state.sources['phone1']?.status).toBe('live');

    air.narrow(100_000);
    await expect.poll(async () => (await pace(page)).kbps, { timeout: 60_000, intervals: [0] }).toBeGreaterThan(600);
    expect(house.remote.state.sources['phone1']?.status).toBe('live');
  } finally {
    await browser.close();
    wire.close();
    await house.close();
    air.close();
  }
});
