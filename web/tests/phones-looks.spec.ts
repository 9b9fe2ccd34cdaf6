import { expect, test, type Page } from '@playwright/test';

import { violations } from './support/axe.ts';
import { misfits } from './support/looks.ts';
import { FAKE_DEVICES, House } from './support/phones.ts';
import { PINS } from './support/studio.ts';

// Every page that a citizen meets beside the studio, in both languages, at a phone's and a tablet's size.
test.use({
  launchOptions: FAKE_DEVICES,
});

let house: House;
test.beforeAll(async () => void (house = await House.open()));
test.afterAll(async () => house.close());

const sizes = { phone: { width: 390, height: 844 }, tablet: { width: 1024, height: 768 } };

for (const language of ['fr', 'en'] as const) {
  const look = async (page: Page, name: string, folder: string) => {
    expect(await misfits(page), name).toEqual([]);
    expect(await violations(page), name).toEqual([]);
    await page.screenshot({ path: `${folder}/screens/${name}-${language}.png` });
  };

  test(`the camera page, ${language}`, async ({ browser }, info) => {
    const context = await browser.newContext({ hasTouch: true, viewport: sizes.phone, locale: language === 'fr' ? 'fr-FR' : 'en-GB' });
    const page = await context.newPage();
    const shot = (name: string) => look(page, name, info.project.outputDir);
    await page.goto(`${house.url}/camera#0123`);
    await expect(page.getByRole('alert')).toBeVisible();
    await shot('camera-bad-link');
    await page.goto('about:blank');
    await page.goto(await house.link('phone1'));
    const begin = page.getByRole('button', { name: language === 'fr' ? 'Commencer à filmer' : 'Start filming' });
    await begin.waitFor();
    await shot('camera-ready');
    await begin.tap();
    await house.remote.until('live', ({ sources }) => sources['phone1']?.status === 'live', 10_000);
    await expect(page.getByText(language === 'fr' ? 'HORS ANTENNE' : 'OFF AIR')).toBeVisible();
    await shot('camera-off-air');
    await house.remote.ask({ command: 'take', scene: 'phone1', transition: { kind: 'cut', duration_ms: 300 } });
    await expect(page.getByText(language === 'fr' ? 'À L’ANTENNE' : 'ON AIR')).toBeVisible();
    await shot('camera-on-air');
    await page.setViewportSize({ width: 844, height: 390 });
    await shot('camera-on-air-sideways');
    await house.remote.ask({ command: 'take', scene: 'cam1', transition: { kind: 'cut', duration_ms: 300 } });
    await page.getByRole('button', { name: language === 'fr' ? 'Arrêter' : 'Stop' }).tap();
    await context.close();
  });

  test(`the booth, ${language}`, async ({ browser }, info) => {
    const context = await browser.newContext({ hasTouch: true, viewport: sizes.tablet, locale: language === 'fr' ? 'fr-FR' : 'en-GB' });
    const page = await context.newPage();
    const shot = (name: string) => look(page, name, info.project.outputDir);
    const tap = (fr: string, en: string) => page.getByRole('button', { name: language === 'fr' ? fr : en, exact: true }).tap();
    await page.goto(`${house.url}/booth`);
    await page.getByRole('heading').waitFor();
    await shot('booth-closed');
    await page.locator('input').fill(PINS.animator);
    await tap('Ouvrir', 'Open');
    await expect(page.getByRole('button', { name: language === 'fr' ? 'Commencer' : 'Begin' })).toBeVisible();
    await shot('booth-welcome');
    await tap('Commencer', 'Begin');
    await page.locator('input[type=text]').fill('Marie-Antoinette de la Rochefoucauld-Montmorency');
    await page.locator('input[type=radio]').first().check();
    for (const box of await page.locator('input[type=checkbox]').all()) await box.check();
    await shot('booth-sign');
    await page.setViewportSize(sizes.phone);
    await shot('booth-sign-narrow');
    await page.setViewportSize(sizes.tablet);
    await tap('Je signe et je me prépare', 'I sign, and get ready');
    await expect(page.getByText(language === 'fr' ? /Question 1 sur/ : /Question 1 of/)).toBeVisible({ timeout: 10_000 });
    await shot('booth-recording');
    await page.waitForTimeout(1500);
    await tap('Terminer', 'Finish');
    await expect(page.getByRole('button', { name: language === 'fr' ? 'Envoyer' : 'Send' })).toBeVisible({ timeout: 10_000 });
    await shot('booth-review');
    await tap('Envoyer', 'Send');
    const code = page.getByRole('img', { name: /booth\/mine#/ });
    await expect(code).toBeVisible();
    await shot('booth-thanks');
    const own = new URL((await code.getAttribute('alt'))!);
    await page.setViewportSize(sizes.phone);
    await page.goto(`${house.url}${own.pathname}${own.hash}`);
    await expect(page.getByRole('button', { name: language === 'fr' ? 'Retirer ma vidéo' : 'Take my video back' })).toBeVisible();
    await shot('booth-mine');
    await context.close();
  });

  test(`phones and the booth on the desk, ${language}`, async ({ browser }, info) => {
    const context = await browser.newContext({
      hasTouch: true,
      viewport: { width: 1180, height: 820 },
      locale: language === 'fr' ? 'fr-FR' : 'en-GB',
    });
    const page = await context.newPage();
    const shot = (name: string) => look(page, name, info.project.outputDir);
    await page.addInitScript(() => localStorage.setItem('plateau.tour', 'seen'));
    await page.request.post(`${house.url}/api/login`, { data: { pin: PINS.animator } });
    await page.goto(`${house.url}/panel`);
    await page.getByRole('tab', { name: language === 'fr' ? 'Mobiles' : 'Phones' }).tap();
    await expect(page.getByText('Téléphone 2').first()).toBeVisible();
    await shot('desk-phones');
    await page.getByText(language === 'fr' ? 'Les questions' : 'The questions').tap();
    await shot('desk-booth-questions');
    await page
      .getByRole('button', { name: language === 'fr' ? 'Inviter un téléphone : Téléphone 2' : 'Invite a phone: Téléphone 2' })
      .tap();
    await expect(page.getByRole('dialog')).toBeVisible();
    await shot('desk-invite');
    await context.close();
  });
}
