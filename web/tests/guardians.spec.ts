// A child's form that waits for guardians, who sign on their own phones.
import type { Page } from '@playwright/test';

import { violations } from './support/axe.ts';
import { segment } from './support/segment.ts';
import { expect, openPanel, PINS, test } from './support/test.ts';

for (const language of ['fr', 'en'] as const)
  for (const [width, height] of [
    [390, 844],
    [360, 640],
  ] as const)
    test(`two guardians sign on their own phones, ${width}×${height} ${language}`, async ({ browser, studio, remote }, info) => {
      const fr = language === 'fr';
      const phone = async () =>
        (await browser.newContext({ viewport: { width, height }, locale: fr ? 'fr-FR' : 'en-GB', hasTouch: true })).newPage();
      const shot = async (page: Page, name: string) => {
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), name).toBeLessThanOrEqual(1);
        await page.screenshot({ path: `${info.project.outputDir}/screens/guardians-${name}-${width}-${language}.png`, fullPage: true });
        expect(await violations(page), name).toEqual([]);
      };
      const press = (page: Page, french: string, english: string) =>
        page
          .getByRole('button', { name: fr ? french : english })
          .first()
          .click();
      await remote.ask(segment('Le cheval', 'Lou Martin', 'Marc'));
      const child = remote.state.rundown.at(-1)?.participants[0]?.id ?? '';
      const now = () => remote.state.rundown.at(-1)?.participants[0];
      const handed = await fetch(`${studio.url}/api/people/${child}/link`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${remote.token}` },
      });
      const here = (url: string) => url.replace(/^https?:\/\/[^/]+/, studio.url);

      const first = await phone();
      await first.goto(here(((await handed.json()) as { url: string }).url));
      await press(first, 'Signer mon accord', 'Sign my agreement');
      await first.getByRole('checkbox').first().check();
      await first.getByRole('radio', { name: fr ? 'Ne pas me citer' : 'Do not credit me' }).check();
      await first.getByRole('checkbox', { name: fr ? 'J’ai moins de 18 ans' : 'I am under 18' }).check();
      await press(first, 'Je suis d’accord', 'I agree');
      await expect(first.getByRole('alert')).toContainText(fr ? 'la signature du responsable légal 2' : 'the signature of guardian 2');
      await expect(first.getByLabel(fr ? 'Date de naissance' : 'Date of birth')).toBeFocused();
      await shot(first, 'missing');
      await first.getByLabel(fr ? 'Date de naissance' : 'Date of birth').fill('2015-05-05');
      for (let n = 0; n < 2; n++) await press(first, 'N’est pas là', 'Is not here');
      await press(first, 'Écrire mon nom', 'Type my name');
      await shot(first, 'form');
      await press(first, 'Je suis d’accord', 'I agree');
      await expect(first.getByRole('heading', { name: fr ? 'Les responsables légaux' : 'The guardians' })).toBeVisible();
      await remote.until('the desk knows', () => now()?.guardians_missing === 2 && !now()?.recorded);

      const links: string[] = [];
      for (let n = 1; n <= 2; n++) {
        await press(first, 'Donner son lien', 'Give their link');
        const field = first.getByLabel(fr ? `Lien du responsable légal ${n}` : `Link for guardian ${n}`, { exact: true });
        links.push(here(await field.inputValue()));
      }
      await shot(first, 'links');

      for (const [n, name] of ['Anne Martin', 'Paul Durand'].entries()) {
        const guardian = await phone();
        await guardian.goto(links[n] ?? '');
        await expect(guardian.getByRole('heading', { name: fr ? 'Signer pour Lou Martin' : 'Sign for Lou Martin' })).toBeVisible();
        expect(guardian.url()).not.toMatch(/[0-9a-f]{64}/);
        await expect(guardian.getByText('Marc')).toHaveCount(0);
        await press(guardian, 'Je suis d’accord', 'I agree');
        await expect(
          guardian
            .getByLabel(fr ? 'Votre nom et votre prénom' : 'Your full name')
            .or(guardian.getByRole('textbox'))
            .first(),
        ).toBeFocused();
        await press(guardian, 'Écrire mon nom', 'Type my name');
        const field = guardian.getByRole('textbox');
        if (n) {
          await field.fill('ANNE martin');
          await press(guardian, 'Je suis d’accord', 'I agree');
          await expect(guardian.getByRole('alert')).toContainText(fr ? 'deux personnes différentes' : 'two different people');
        }
        await field.fill(name);
        if (!n) await shot(guardian, 'guardian');
        await press(guardian, 'Je suis d’accord', 'I agree');
        await expect(guardian.getByRole('heading', { name: fr ? 'Merci, c’est signé' : 'Thank you, it is signed' })).toBeVisible();
        await guardian.reload();
        await expect(guardian.getByRole('heading', { name: fr ? 'Merci, c’est signé' : 'Thank you, it is signed' })).toBeVisible();
        await press(guardian, 'Quitter et oublier', 'Leave and forget');
        await guardian.reload();
        await expect(guardian.getByText('Lou Martin')).toHaveCount(0);
        expect(await guardian.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0);
        await guardian.context().close();
        if (!n) {
          // Whoever is missing is named on the first phone, and told at the desk.
          await expect(first.getByText(fr ? /✓\s*a signé/ : /✓\s*has signed/)).toBeVisible({ timeout: 12_000 });
          await press(first, 'Retour', 'Back');
          await expect(first.getByText(fr ? /Il manque encore : Responsable légal 2/ : /Still missing: Guardian 2/)).toBeVisible();
          await shot(first, 'waits');
          const desk = await (
            await browser.newContext({ viewport: { width: 1024, height: 768 }, locale: fr ? 'fr-FR' : 'en-GB' })
          ).newPage();
          await openPanel(desk, studio.url, { pin: PINS.animator });
          await desk.getByRole('button', { name: fr ? 'Ouvrir le conducteur' : 'Open the rundown' }).click();
          await desk
            .getByRole('listitem')
            .filter({ hasText: 'Le cheval' })
            .getByRole('button', { name: fr ? /manqu/ : /missing/ })
            .click();
          await expect(desk.getByText(fr ? 'attend un responsable légal' : 'waits for a guardian')).toBeVisible();
          await desk.screenshot({ path: `${info.project.outputDir}/screens/guardians-desk-${language}.png` });
          await desk.context().close();
        }
      }
      await remote.until('the agreement', () => now()?.recorded === true && now()?.guardians_missing === 0);
      await expect(first.getByRole('button', { name: fr ? 'Mon accord' : 'My agreement' })).toBeVisible({ timeout: 12_000 });

      // The other guest signs on the same phone: the desk is told.
      const other = remote.state.rundown.at(-1)?.participants[1]?.id ?? '';
      const marc = await fetch(`${studio.url}/api/people/${other}/link`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${remote.token}` },
      });
      await first.goto('about:blank');
      await first.goto(here(((await marc.json()) as { url: string }).url));
      await press(first, 'Signer mon accord', 'Sign my agreement');
      await first.getByRole('checkbox').first().check();
      await first.getByRole('radio', { name: fr ? 'Ne pas me citer' : 'Do not credit me' }).check();
      await press(first, 'Écrire mon nom', 'Type my name');
      await press(first, 'Je suis d’accord', 'I agree');
      await remote.until('the desk knows of one phone', ({ rundown }) => rundown.at(-1)?.same_device[0]?.length === 2);
      const desk = await (await browser.newContext({ viewport: { width: 1180, height: 820 }, locale: fr ? 'fr-FR' : 'en-GB' })).newPage();
      await openPanel(desk, studio.url, { pin: PINS.animator });
      await desk.getByRole('button', { name: fr ? 'Ouvrir le conducteur' : 'Open the rundown' }).click();
      await desk
        .getByRole('listitem')
        .filter({ hasText: 'Le cheval' })
        .getByRole('button', { name: fr ? /accord|signé|Accords/ : /agreement|signed|Agreements/i })
        .first()
        .click();
      await expect(
        desk.getByText(fr ? 'Signé sur le même téléphone : Lou Martin, Marc' : 'Signed on the same phone: Lou Martin, Marc'),
      ).toBeVisible();
      await desk.screenshot({ path: `${info.project.outputDir}/screens/guardians-same-phone-${language}.png` });
      await desk.context().close();
      await first.context().close();
    });
