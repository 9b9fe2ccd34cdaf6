import { test as base, type Page } from '@playwright/test';

import { Remote } from './remote.ts';
import { Studio } from './studio.ts';

export { expect } from '@playwright/test';
export { PINS } from './studio.ts';

type Mode = 'direct' | 'prepare';

/** A browser page with the panel open, logged in, past the tour. */
export async function openPanel(page: Page, url: string, { pin, mode = 'direct' }: { pin: string; mode?: Mode }): Promise<void> {
  await page.addInitScript((mode) => {
    localStorage.setItem('plateau.tour', 'seen');
    if (!localStorage.getItem('plateau.mode')) localStorage.setItem('plateau.mode', mode);
  }, mode);
  const answer = await page.request.post(`${url}/api/login`, { data: { pin } });
  if (!answer.ok()) throw new Error(`login: ${answer.status()}`);
  await page.goto(`${url}/panel`);
  await page.getByRole('button', { name: 'Menu' }).waitFor();
}

/** Holds a button with a finger, until it has acted or for as long as told. */
export async function hold(page: Page, name: RegExp | string, ms?: number): Promise<void> {
  const button = page.getByRole('button', { name });
  await button.tap({ trial: true });
  const { x, y, width, height } = (await button.boundingBox())!;
  const finger = await page.context().newCDPSession(page);
  await finger.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x: x + width / 2, y: y + height / 2 }] });
  if (ms) await page.waitForTimeout(ms);
  else await page.locator('.holding').waitFor({ state: 'detached' });
  await finger.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await finger.detach();
}

export const test = base.extend<{ reset: void }, { studio: Studio; remote: Remote }>({
  studio: [
    async ({}, use) => {
      const studio = await Studio.start();
      await use(studio);
      await studio.stop();
    },
    { scope: 'worker' },
  ],
  remote: [
    async ({ studio }, use) => {
      const remote = await Remote.join(studio);
      await use(remote);
      remote.close();
    },
    { scope: 'worker' },
  ],
  reset: [
    async ({ remote }, use) => {
      await remote.reset();
      await use();
    },
    { auto: true },
  ],
});
