// What a person waits for, in a real browser: `make bench` runs this and judges what it prints.
import type { Page } from '@playwright/test';

import type { Remote } from '../support/remote.ts';
import { SMALL, Studio } from '../support/studio.ts';
import { openPanel, PINS, test as base } from '../support/test.ts';

const TRIES = 15;

const config = `
${SMALL}[[source]]
id = "dark"
label = "Sombre"
kind = "test"
pattern = "black"
[[source]]
id = "bright"
label = "Claire"
kind = "test"
[[output]]
id = "page"
label = "Page du direct"
kind = "hls"
`;

const test = base.extend<object, { studio: Studio }>({
  studio: [
    async ({}, use) => {
      const studio = await Studio.start(() => config);
      await use(studio);
      await studio.stop();
    },
    { scope: 'worker' },
  ],
  // Nothing of the other tests' show is here.
  reset: async ({}, use) => use(),
});

function figure(name: string, seconds: number[], share = 0.5): void {
  const sorted = seconds.toSorted((a, b) => a - b);
  console.log(JSON.stringify({ figure: name, seconds: sorted[Math.floor(share * (sorted.length - 1))] }));
}

/** When the programme's picture on the panel becomes brighter (or darker), and when the page was touched before, in Unix milliseconds. */
function seen(page: Page, brighter: boolean): Promise<{ touched: number; at: number }> {
  return page.evaluate(
    (brighter) =>
      new Promise((resolve, reject) => {
        const canvas = document.querySelector<HTMLCanvasElement>('[data-tour=program] canvas')!;
        const small = new OffscreenCanvas(32, 18).getContext('2d', { willReadFrequently: true })!;
        const brightness = () => {
          small.drawImage(canvas, 0, 0, 32, 18);
          return small.getImageData(0, 0, 32, 18).data.reduce((sum, value, i) => sum + (i % 4 === 3 ? 0 : value), 0);
        };
        const now = () => performance.timeOrigin + performance.now();
        const before = brightness();
        let touched = 0;
        addEventListener('pointerdown', () => (touched = now()), { once: true, capture: true });
        const late = performance.now() + 10_000;
        const look = () => {
          const change = brightness() - before;
          if ((brighter ? change : -change) > 4000) return resolve({ touched, at: now() });
          if (performance.now() > late) return reject(new Error('the programme never changed'));
          requestAnimationFrame(look);
        };
        look();
      }),
    brighter,
  );
}

async function begin(remote: Remote): Promise<void> {
  await remote.until('both sources', ({ sources }) => Object.values(sources).every(({ status }) => status === 'live'), 20_000);
  await remote.ask({ command: 'take', scene: 'dark', transition: { kind: 'cut', duration_ms: 300 } });
}

test('tap to programme monitor', async ({ page, studio, remote }) => {
  await begin(remote);
  await openPanel(page, studio.url, { pin: PINS.animator });
  await page.waitForTimeout(2000);
  const waits: number[] = [];
  for (let n = 0; n < TRIES; n++) {
    const bright = n % 2 === 0;
    const change = seen(page, bright);
    await page.waitForTimeout(300 + 37 * (n % 5));
    await page
      .getByRole('button', { name: bright ? /^Claire/ : /^Sombre/ })
      .first()
      .tap();
    const { touched, at } = await change;
    waits.push((at - touched) / 1000);
  }
  figure('tap_to_program_monitor', waits);
});

test('comment to programme', async ({ page, studio, remote }) => {
  await begin(remote);
  await openPanel(page, studio.url, { pin: PINS.animator });
  await page.request.post(`${studio.url}/api/questions`, { data: { name: 'Lucie', text: 'Faut-il nourrir les abeilles en hiver ?' } });
  await remote.until('the question', ({ questions }) => questions.length === 1);
  const question = remote.state.questions[0]!.id;
  await remote.ask({ command: 'question_accept', question });
  await page.waitForTimeout(2000);
  const waits: number[] = [];
  for (let n = 0; n < TRIES; n++) {
    const change = seen(page, true);
    // No rhythm shared with the frames.
    await page.waitForTimeout(1000 + 37 * (n % 5));
    const asked = Date.now();
    await remote.ask({ command: 'question_show', question });
    waits.push(((await change).at - asked) / 1000);
    await remote.ask({ command: 'question_hide', question });
    await page.waitForTimeout(1000);
  }
  figure('comment_to_program', waits);
});

test('a viewer behind the mix', async ({ page, studio, remote }) => {
  await begin(remote);
  await remote.ask({ command: 'output_start', output: 'page' });
  await remote.until('the live page', ({ outputs }) => outputs['page']?.status === 'live', 15_000);
  await page.goto(`${studio.url}/`);
  const video = page.locator('video[data-behind]');
  await video.waitFor({ timeout: 30_000 });
  await page.waitForTimeout(5000);
  const behind: number[] = [];
  for (let look = 0; look < 160; look++) {
    await page.waitForTimeout(250);
    behind.push(Number(await video.getAttribute('data-behind')) / 1000);
  }
  figure('viewer_behind_the_mix_p95', behind, 0.95);
});
