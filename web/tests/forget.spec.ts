// A shared computer: whoever asks for it is forgotten on it, page by page.
import type { Page } from '@playwright/test';

import { KEPT } from '../src/common/kept.ts';
import { violations } from './support/axe.ts';
import { segment } from './support/segment.ts';
import { expect, test } from './support/test.ts';

const NAME = 'Zélie Quatrelivres';

/** What this browser keeps of a person, in every place that a page can store in. */
async function traces(page: Page, token: string): Promise<string[]> {
  const found = await page.evaluate(
    async (secrets) => {
      const has = (text: string) => secrets.some((secret) => text.includes(secret));
      const areas = [localStorage, sessionStorage].flatMap((area) => Object.entries(area as unknown as Record<string, string>));
      const bases = await indexedDB.databases();
      return [
        ...areas.flatMap(([key, value]) => (has(value) ? [key] : [])),
        ...bases.map(({ name }) => `database ${name ?? ''}`),
        ...(has(document.documentElement.outerHTML) ? ['the page'] : []),
        ...(has(location.href) ? ['the address'] : []),
      ];
    },
    [token, NAME],
  );
  const persons = Object.entries(KEPT).flatMap(([key, { of }]) => (of === 'person' ? [key] : []));
  const keys = await page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)]);
  const cookies = (await page.context().cookies()).map(({ name }) => `cookie ${name}`);
  return [...found, ...keys.filter((key) => persons.includes(key)), ...cookies];
}

for (const language of ['fr', 'en'] as const)
  for (const [width, height] of [
    [390, 844],
    [360, 640],
    [1024, 768],
    [590, 410],
  ] as const)
    test.describe(`${width}×${height} ${language}`, () => {
      const fr = language === 'fr';
      test.use({ viewport: { width, height }, locale: fr ? 'fr-FR' : 'en-GB' });
      const open = { name: fr ? 'Oublier sur cet appareil' : 'Forget on this device' };
      const now = { name: fr ? 'Oublier maintenant' : 'Forget now' };

      test('a participant’s pages forget them, and going back or forward shows nothing', async ({ page, studio, remote }, info) => {
        const shot = async (name: string) => {
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          expect(wide, name).toBeLessThanOrEqual(1);
          await page.screenshot({ path: `${info.project.outputDir}/screens/forget-${name}-${width}-${language}.png`, fullPage: true });
          expect(await violations(page), name).toEqual([]);
        };
        await remote.ask(segment('Les abeilles', NAME));
        const person = remote.state.rundown.at(-1)?.participants[0]?.id ?? '';
        const desk = { Authorization: `Bearer ${remote.token}` };
        const handed = await page.request.post(`${studio.url}/api/people/${person}/link`, { headers: desk });
        await page.goto(((await handed.json()) as { url: string }).url.replace(/^https?:\/\/[^/]+/, studio.url));
        await page.getByRole('button', { name: fr ? 'Signer mon accord' : 'Sign my agreement' }).click();
        await page.getByRole('checkbox').first().check();
        await page.getByRole('radio', { name: fr ? 'Ne pas me citer' : 'Do not credit me' }).check();

        // What is missing is said where it is missing, and the first is in front of the person.
        await page.getByRole('button', { name: fr ? 'Je suis d’accord' : 'I agree' }).click();
        await expect(page.getByRole('alert')).toContainText(fr ? 'votre signature' : 'your signature');
        const said = page.getByText(fr ? 'Signez dans le cadre avec le doigt, ou' : 'Sign in the box with a finger, or');
        await expect(said).toBeFocused();
        await expect(said).toBeInViewport();
        await shot('missing');
        await page.getByRole('button', { name: fr ? 'Écrire mon nom' : 'Type my name' }).click();
        await page.getByRole('button', { name: fr ? 'Je suis d’accord' : 'I agree' }).click();
        await expect(page.getByRole('button', open)).toBeVisible();
        const token = await page.evaluate(() => localStorage.getItem('plateau.link') ?? '');
        expect(token).toMatch(/^[0-9a-f]{64}$/);
        expect(await traces(page, token)).toContain('cookie plateau_device');

        // On http a page may not copy: it says so, and the link is selected.
        await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true }));
        await page.getByRole('button', { name: fr ? 'Copier le lien' : 'Copy the link' }).click();
        await expect(page.getByText(fr ? 'Ce navigateur ne laisse pas copier' : 'does not let this page copy')).toBeVisible();
        expect(await page.evaluate(() => getSelection()?.toString() ?? '')).toContain(token);
        await expect(page.getByText(fr ? 'Lien copié' : 'Link copied')).toHaveCount(0);
        await shot('copy');

        await page.getByRole('link', { name: fr ? 'Être une caméra' : 'Be a camera' }).click();
        await page.waitForURL('**/camera');
        await page.goBack();
        await page.getByRole('button', open).click();
        await shot('asking');
        await page.getByRole('button', now).click();
        await expect(page.getByRole('status')).toContainText(fr ? 'rien n’est effacé' : 'nothing is erased');
        await shot('done');
        expect(await traces(page, token)).toEqual([]);
        for (const way of [() => page.reload(), () => page.goForward(), () => page.goBack(), () => page.goBack()]) {
          await way();
          await page.waitForLoadState();
          expect(await traces(page, token)).toEqual([]);
        }
        // The link is as good as before.
        await page.goto(`${studio.url}/participate#${token}`);
        await expect(page.getByRole('button', { name: fr ? 'Mon accord' : 'My agreement' })).toBeVisible();
        // A page that lies open beside it forgets too.
        const beside = await page.context().newPage();
        await beside.goto(`${studio.url}/participate`);
        await expect(beside.getByText(NAME)).toBeVisible();
        await page.getByRole('button', open).click();
        await page.getByRole('button', now).click();
        await expect(beside.getByText(NAME)).toHaveCount(0);
        await beside.close();
      });

      test('the camera’s page and the booth’s forget their link', async ({ page, studio }, info) => {
        for (const path of ['/camera', '/booth/mine']) {
          const token = '7'.repeat(64);
          await page.goto(`${studio.url}${path}#${token}`);
          await page.getByRole('button', open).click();
          await page.getByRole('button', now).click();
          await expect(page.getByRole('status')).toContainText(fr ? 'C’est oublié sur cet appareil' : 'Forgotten on this device');
          await page.screenshot({
            path: `${info.project.outputDir}/screens/forget${path.replaceAll('/', '-')}-${width}-${language}.png`,
            fullPage: true,
          });
          expect(await violations(page), path).toEqual([]);
          expect(await traces(page, token), path).toEqual([]);
          await page.reload();
          expect(await traces(page, token), path).toEqual([]);
        }
      });
    });
