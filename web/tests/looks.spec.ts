import type { Page } from '@playwright/test';

import { violations } from './support/axe.ts';
import { expect, openPanel, PINS, test } from './support/test.ts';

/** What does not fit: parts outside the window, targets under 48 px, labels outside their box. */
async function misfits(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const wrong: string[] = [];
    const name = (element: Element) => `${element.tagName}.${element.className} “${(element.textContent ?? '').trim().slice(0, 30)}”`;
    const scrolls = (element: Element): Element | null => element.closest('.box, .tool, .inside, form, ol');
    for (const element of document.querySelectorAll('.desk > *, .desk button, .moderation > *, .moderation button, header, figure')) {
      const box = element.getBoundingClientRect();
      if (box.width === 0 || !element.checkVisibility({ opacityProperty: true })) continue;
      if (box.left < -1 || box.right > innerWidth + 1) wrong.push(`outside the window: ${name(element)} ${box.left}–${box.right}`);
      if (!scrolls(element) && (box.top < -1 || box.bottom > innerHeight + 1)) wrong.push(`outside the window: ${name(element)}`);
      if (element.tagName === 'BUTTON' && (box.width < 47.5 || box.height < 47.5))
        wrong.push(`small target: ${name(element)} ${box.width}×${box.height}`);
      if (
        element.tagName === 'BUTTON' &&
        (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1)
      )
        wrong.push(`a label falls out: ${name(element)}`);
    }
    for (const element of document.querySelectorAll('.segmented label, .card, .three *, .switcher *')) {
      if (
        element.checkVisibility() &&
        element.scrollWidth > element.clientWidth + 1 &&
        getComputedStyle(element).display !== 'inline' &&
        !element.closest('svg, .visually-hidden')
      )
        wrong.push(`too narrow: ${name(element)} ${element.scrollWidth}>${element.clientWidth}`);
    }
    return wrong;
  });
}

const sizes = [
  [1180, 820],
  [1024, 768],
  [1366, 1024],
  [820, 1180],
  [390, 844],
] as const;

for (const language of ['fr', 'en'] as const)
  for (const [width, height] of sizes)
    test.describe(`${width}×${height} ${language}`, () => {
      test.use({ viewport: { width, height }, locale: language === 'fr' ? 'fr-FR' : 'en-GB' });

      test('everything fits, says what it is, and has contrast', async ({ page, studio, remote }, info) => {
        const look = async (name: string) => {
          expect(await misfits(page), name).toEqual([]);
          // The fullest states have all that the empty ones have.
          if (name.endsWith('full')) expect(await violations(page), name).toEqual([]);
          await page.screenshot({ path: info.project.outputDir + `/screens/${width}x${height}-${language}-${name}.png` });
        };
        const prepare = page.getByRole('radio', { name: language === 'fr' ? 'Préparer' : 'Prepare' });
        const direct = page.getByRole('radio', { name: 'Direct' });
        await openPanel(page, studio.url, { pin: PINS.animator, mode: 'prepare' });
        await remote.ask({ command: 'title_hide' });
        await look('prepare-start');
        await direct.tap();
        await look('direct-start');

        // The fullest it gets: live, recording, paused, a long title.
        await remote.ask({ command: 'record', on: true });
        await remote.ask({ command: 'output_start', output: 'page' });
        await remote.ask({ command: 'slate', on: true });
        await remote.ask({ command: 'take', scene: 'incrustation', transition: { kind: 'cut', duration_ms: 300 } });
        const long = 'Marie-Antoinette de la Rochefoucauld-Montmorency';
        await remote.ask({ command: 'title_show', template: 'lower-third', fields: { name: long, role: long }, agreed: false });
        await remote.until('live', ({ outputs }) => outputs['page']?.status === 'live', 20_000);
        await expect(page.locator('.big .live')).toBeVisible();
        await look('direct-full');
        await prepare.tap();
        await look('prepare-full');
      });
    });

test('every tool and dialog passes axe', async ({ page, studio, remote }, info) => {
  await openPanel(page, studio.url, { pin: PINS.admin });
  for (const tab of ['Titres', 'Son', 'Médias', 'Sorties']) {
    await page.getByRole('tab', { name: tab }).tap();
    expect(await violations(page), tab).toEqual([]);
    expect(await misfits(page), tab).toEqual([]);
  }
  await page.getByRole('button', { name: 'Menu' }).tap();
  expect(await violations(page), 'menu').toEqual([]);
  await page.getByRole('button', { name: 'Raccourcis' }).tap();
  expect(await violations(page), 'shortcuts').toEqual([]);
  await page.getByRole('button', { name: 'Fermer' }).tap();
  await page.getByRole('button', { name: 'Menu' }).tap();
  await page.getByRole('button', { name: 'Sortir l’archive' }).tap();
  await page.getByRole('button', { name: 'Faire' }).first().tap();
  await remote.until('a site', ({ exports }) => exports.some(({ form, status }) => form === 'site' && status === 'done'));
  expect(await violations(page), 'exports').toEqual([]);
  await page.screenshot({ path: `${info.project.outputDir}/screens/exports-fr.png` });
  await page.getByRole('button', { name: 'Fermer' }).tap();
  await page.getByRole('button', { name: 'Modifier' }).tap();
  await page.getByRole('button', { name: /^Duo/ }).tap();
  await page.getByText('Rogner').tap();
  expect(await violations(page), 'editor').toEqual([]);
});

test('the way in and a moderator’s page pass axe', async ({ page, studio }) => {
  await page.goto(`${studio.url}/panel`);
  await expect(page.getByRole('heading', { name: 'Entrer en régie' })).toBeVisible();
  expect(await violations(page), 'login').toEqual([]);
  await openPanel(page, studio.url, { pin: PINS.moderator });
  expect(await violations(page), 'moderation').toEqual([]);
  expect(await misfits(page), 'moderation').toEqual([]);
});

test('a browser in English gets English, and the choice is kept', async ({ browser, studio }) => {
  const context = await browser.newContext({ locale: 'en-GB', hasTouch: true });
  const page = await context.newPage();
  await openPanel(page, studio.url, { pin: PINS.animator });
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await page.getByRole('button', { name: 'Menu' }).tap();
  await page.getByRole('radio', { name: 'Français' }).tap();
  await expect(page.locator('html')).toHaveAttribute('lang', 'fr');
  await page.reload();
  await expect(page.getByRole('button', { name: 'Enregistrer' })).toBeVisible();
  await context.close();
});
