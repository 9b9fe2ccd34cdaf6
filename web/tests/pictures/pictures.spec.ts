// The pictures of the README: `npm run pictures` makes them anew in web/pictures.
import { spawnSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

import type { Page } from '@playwright/test';

import { Remote } from '../support/remote.ts';
import { segment } from '../support/segment.ts';
import { Studio } from '../support/studio.ts';
import { openPanel, PINS, test as base } from '../support/test.ts';
import { drawnStudio } from './set.ts';

const FOLDER = resolve(import.meta.dirname, '../../pictures');
const MOST_BYTES = 300_000;

const test = base.extend<object, { studio: Studio; remote: Remote }>({
  studio: [
    async ({ browser }, use) => {
      const studio = await Studio.start((folder) => drawnStudio(browser, folder));
      await use(studio);
      await studio.stop();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  // What is reset elsewhere is arranged here, picture by picture.
  reset: async ({}, use) => use(),
});

/** A picture of the page in 256 colours, small enough for a README. */
async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const path = `${FOLDER}/${name}.png`;
  const png = await page.screenshot();
  const made = spawnSync(
    'ffmpeg',
    ['-v', 'error', '-y', '-i', 'pipe:0', '-vf', 'split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=none', '-frames:v', '1', path],
    { input: png },
  );
  if (made.status !== 0) throw new Error(made.stderr.toString());
  const { size } = statSync(path);
  if (size > MOST_BYTES) throw new Error(`${name}.png has ${size} bytes`);
}

/** Until every picture has arrived, and the machine is no longer out of breath from opening the page. */
async function settle(page: Page, remote: Remote): Promise<void> {
  await page.waitForTimeout(1500);
  const calm = remote.until('a calm machine', ({ health }) => health.problems.length === 0 && health.cpu_percent < 86, 5_000);
  await calm.catch(() => console.warn('the machine is busy, and its picture says so'));
}

async function onAir(remote: Remote, scene: string): Promise<void> {
  await remote.until('cameras', ({ sources }) => Object.values(sources).every(({ status }) => status === 'live'), 20_000);
  if (remote.state.rundown.length === 0) {
    await remote.ask(segment('Les abeilles d’ici', 'Mme Ruche', 'Karim'));
    await remote.ask(segment('Le vélo à Mouans', 'Inès'));
    await remote.ask(segment('La chorale du collège', 'Lucie'));
  }
  await remote.ask({ command: 'record', on: true });
  await remote.ask({ command: 'output_start', output: 'page' });
  await remote.until('live', ({ outputs }) => outputs['page']?.status === 'live', 20_000);
  await remote.ask({ command: 'take', scene, transition: { kind: 'cut', duration_ms: 300 } });
}

const lowerThird = {
  command: 'title_show',
  template: 'lower-third',
  fields: { name: 'Mme Ruche', role: 'Les abeilles d’ici' },
  agreed: false,
} as const;

for (const locale of ['fr', 'en'] as const)
  test.describe(locale, () => {
    test.use({ locale: locale === 'fr' ? 'fr-FR' : 'en-GB', viewport: { width: 1180, height: 820 } });

    test('the desk, direct', async ({ page, studio, remote }) => {
      await onAir(remote, 'invitee');
      await remote.ask(lowerThird);
      await openPanel(page, studio.url, { pin: PINS.animator, mode: 'direct' });
      await settle(page, remote);
      await shoot(page, `panel-${locale}`);
    });

    test('the desk, preview then take', async ({ page, studio, remote }) => {
      await onAir(remote, 'duo');
      await remote.ask({ command: 'title_hide' });
      await remote.ask({ command: 'preview', scene: 'incrustation' });
      await openPanel(page, studio.url, { pin: PINS.animator, mode: 'prepare' });
      await page.getByRole('tab', { name: locale === 'fr' ? 'Son' : 'Sound' }).tap();
      await settle(page, remote);
      await shoot(page, `panel-prepare-${locale}`);
    });
  });

test.describe('', () => {
  test.use({ viewport: { width: 1180, height: 820 } });

  test('the editor of scenes', async ({ page, studio, remote }) => {
    await onAir(remote, 'large');
    await openPanel(page, studio.url, { pin: PINS.animator, mode: 'direct' });
    await page.getByRole('button', { name: 'Modifier' }).tap();
    await page.getByRole('button', { name: 'Invitée et public' }).tap();
    await settle(page, remote);
    await shoot(page, 'editor-fr');
  });
});

test.describe('a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 });

  test('the desk in one hand', async ({ page, studio, remote }) => {
    await onAir(remote, 'invitee');
    await remote.ask(lowerThird);
    await openPanel(page, studio.url, { pin: PINS.animator, mode: 'direct' });
    await settle(page, remote);
    await shoot(page, 'phone-fr');
  });
});
