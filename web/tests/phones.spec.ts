import { expect, test, type BrowserContext, type Page } from '@playwright/test';

import { House } from './support/phones.ts';

// Chromium's own fake camera and microphone, as real phones would be: over WebRTC, into the real studio.
test.use({
  launchOptions: {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      '--autoplay-policy=no-user-gesture-required',
    ],
  },
  viewport: { width: 390, height: 844 },
});

let house: House;
test.beforeAll(async () => void (house = await House.open()));
test.afterAll(async () => house.close());

async function phone(context: BrowserContext, slot: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(await house.link(slot));
  await page.getByRole('button', { name: 'Commencer à filmer' }).tap();
  await house.until(`${slot} live`, ({ sources }) => sources[slot]?.status === 'live', 10_000);
  return page;
}

test('two phones at once; one is killed on air and comes back to its place', async ({ browser }) => {
  const contexts = [await browser.newContext({ hasTouch: true }), await browser.newContext({ hasTouch: true })];
  const first = await phone(contexts[0]!, 'phone1');
  const second = await phone(contexts[1]!, 'phone2');
  await expect(first.getByText('HORS ANTENNE')).toBeVisible();

  await house.command({ command: 'take', scene: 'phone1' });
  await expect(first.getByText('À L’ANTENNE')).toBeVisible();
  await expect(second.getByText('HORS ANTENNE')).toBeVisible();
  await house.command({ command: 'preview', scene: 'phone2' });
  await expect(second.getByText('PRÊT')).toBeVisible();

  const link = first.url();
  await first.close();
  const gone = await house.until('the loss noticed', ({ sources }) => sources['phone1']?.status === 'lost', 4000);
  expect(gone).toBeLessThan(1500);
  expect(house.state.sources['phone2']?.status).toBe('live');

  const back = await contexts[0]!.newPage();
  await back.goto(link);
  await back.getByRole('button', { name: 'Commencer à filmer' }).tap();
  const took = await house.until('back', ({ sources }) => sources['phone1']?.status === 'live', 6000);
  expect(took).toBeLessThan(2500);
  await expect(back.getByText('À L’ANTENNE')).toBeVisible();

  // A page that is reloaded while it films goes on by itself.
  await back.reload();
  await house.until('lost by the reload', ({ sources }) => sources['phone1']?.status !== 'live', 4000);
  await house.until('back by itself', ({ sources }) => sources['phone1']?.status === 'live', 6000);

  await second.getByRole('button', { name: 'Arrêter' }).tap();
  await house.until('off', ({ sources }) => sources['phone2']?.status === 'off', 3000);
  await expect(second.getByText('Votre image n’est plus envoyée.')).toBeVisible();
  await Promise.all(contexts.map((context) => context.close()));
  await house.command({ command: 'take', scene: 'cam1' });
});
