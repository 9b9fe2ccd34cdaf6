import { expect, openPanel, PINS, test } from './support/test.ts';
import { Wire } from './support/wire.ts';

test('two tablets see each other’s actions at once', async ({ page, browser, studio }) => {
  const other = await (await browser.newContext({ locale: 'en-GB', viewport: { width: 1024, height: 768 }, hasTouch: true })).newPage();
  await openPanel(page, studio.url, { pin: PINS.animator });
  await openPanel(other, studio.url, { pin: PINS.admin, mode: 'prepare' });
  await page.getByRole('button', { name: 'Caméra 2', exact: true }).tap();
  await expect(other.getByRole('button', { name: 'Caméra 2 ON AIR' })).toBeVisible({ timeout: 1000 });
  await other.getByRole('button', { name: /^Pause/ }).tap();
  await expect(page.getByText('le public voit le carton d’attente')).toBeVisible({ timeout: 1000 });
  await other.context().close();
});

test('a moderator has titles and questions, and no camera', async ({ page, studio, remote }) => {
  await openPanel(page, studio.url, { pin: PINS.moderator });
  await expect(page.getByRole('heading', { name: 'Titres' })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Voix' })).toBeVisible();
  await expect(page.getByRole('button', { name: /Caméra/ })).toHaveCount(0);
  await expect(page.getByRole('button', { name: /antenne|Pause|Enregistrer/i })).toHaveCount(0);
  await page.getByLabel('Nom', { exact: true }).fill('Lucie');
  await page.getByRole('button', { name: 'Montrer', exact: true }).tap();
  await remote.until('a title', ({ titles }) => titles.length === 1);
});

for (const [how, cut] of [
  ['silent', (wire: Wire) => wire.silence()],
  ['torn', (wire: Wire) => (wire.silence(), wire.tear())],
] as const) {
  test(`a ${how} connection greys the panel within two seconds and comes back to the truth`, async ({ page, studio, remote }) => {
    const wire = await Wire.to(studio.url);
    await openPanel(page, wire.url, { pin: PINS.animator });
    await expect(page.getByRole('button', { name: 'Caméra 1 ANTENNE' })).toBeVisible();
    cut(wire);
    await expect(page.getByText('Connexion perdue')).toBeVisible({ timeout: 2000 });
    await expect(page.locator('[inert]')).toHaveCount(1);

    // Meanwhile somebody else works.
    await remote.ask({ command: 'take', scene: 'duo', transition: { kind: 'cut', duration_ms: 300 } });
    await remote.ask({ command: 'slate', on: true });
    wire.restore();
    await expect(page.getByText('Connexion perdue')).toBeHidden({ timeout: 8000 });
    await expect(page.getByRole('button', { name: 'Duo ANTENNE' })).toBeVisible();
    await expect(page.getByText('le public voit le carton d’attente')).toBeVisible();
    wire.close();
  });
}

test('pictures arrive: every camera moves in its tile, and the program at its full rate', async ({ page, studio }) => {
  await openPanel(page, studio.url, { pin: PINS.animator });
  const changes = await page.evaluate(async () => {
    const canvases = [...document.querySelectorAll('canvas')];
    const last = canvases.map(() => '');
    const counts = canvases.map(() => 0);
    const end = performance.now() + 4000;
    while (performance.now() < end) {
      canvases.forEach((canvas, i) => {
        const small = new OffscreenCanvas(16, 9).getContext('2d')!;
        small.drawImage(canvas, 0, 0, 16, 9);
        const now = small.getImageData(0, 0, 16, 9).data.join();
        if (now !== last[i]) counts[i]!++;
        last[i] = now;
      });
      await new Promise(requestAnimationFrame);
    }
    return counts;
  });
  // Players stand still; three cameras and the program do not.
  expect(changes.filter((count) => count >= 8).length).toBeGreaterThanOrEqual(4);
});

test('an accidental swipe back stays on the desk; meant twice, it leaves', async ({ page, studio }) => {
  await page.goto(`${studio.url}/healthz`);
  await openPanel(page, studio.url, { pin: PINS.animator });
  await page.getByRole('button', { name: 'Caméra 2', exact: true }).tap();
  await page.evaluate(() => history.back());
  await expect(page.getByText('Encore une fois « retour »')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Caméra 2 ANTENNE' })).toBeVisible();
  await page.evaluate(() => history.back());
  await page.waitForURL(/healthz/);
});
