import { expect, test } from '@playwright/test';

import { PINS, Studio } from './support/studio.ts';
import { openPanel } from './support/test.ts';

test('a scene survives a restart of the studio, which the panel survives too', async ({ page }) => {
  const studio = await Studio.start();
  try {
    await openPanel(page, studio.url, { pin: PINS.animator });
    await page.getByRole('button', { name: 'Modifier' }).tap();
    await page.getByRole('button', { name: 'Nouvelle scène' }).tap();
    await page.getByRole('button', { name: 'Présentation', exact: true }).tap();
    await page.getByRole('dialog').getByLabel('Nom', { exact: true }).fill('Diapos de l’invitée');
    await page.getByRole('button', { name: 'Enregistrer la scène' }).tap();
    await expect(page.getByRole('button', { name: 'Diapos de l’invitée', exact: true })).toBeVisible();

    await studio.restart();
    // Nobody touches the page: it waits, and comes back to the studio's new truth.
    await expect(page.getByText('Connexion perdue')).toBeHidden({ timeout: 15_000 });
    await page.getByRole('button', { name: 'Terminé' }).tap();
    await page.getByRole('button', { name: 'Diapos de l’invitée', exact: true }).tap();
    await expect(page.getByRole('button', { name: 'Diapos de l’invitée ANTENNE' })).toBeVisible();
  } finally {
    await studio.stop();
  }
});
