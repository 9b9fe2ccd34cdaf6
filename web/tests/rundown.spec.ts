// A segment's form: leaving it changes nothing, what takes the segment away says so, and can be undone.
import { violations } from './support/axe.ts';
import { segment } from './support/segment.ts';
import { expect, openPanel, PINS, test } from './support/test.ts';

for (const language of ['fr', 'en'] as const) {
  const fr = language === 'fr';
  test.describe(`the rundown in ${language}`, () => {
    test.use({ locale: fr ? 'fr-FR' : 'en-GB' });

    test('a form that is cancelled leaves its segment alone', async ({ page, studio, remote }, info) => {
      await remote.ask(segment('La chorale', 'Nour'));
      const planned = () => remote.state.rundown.map(({ title, state }) => ({ title, state }));
      const before = planned();
      await openPanel(page, studio.url, { pin: PINS.animator });
      await page.getByRole('button', { name: fr ? 'Ouvrir le conducteur' : 'Open the rundown' }).click();
      const sheet = page.getByRole('dialog', { name: fr ? 'Conducteur' : 'Rundown' });
      const row = sheet.getByRole('listitem').filter({ hasText: 'chorale' });
      const form = page.getByRole('dialog', { name: fr ? 'Modifier la séquence' : 'Edit the segment' });
      const open = () => row.getByRole('button', { name: /^(Modifier|Edit) :/ }).click();
      const press = (name: string) => form.getByRole('button', { name, exact: true }).click();

      await open();
      await form.getByLabel(fr ? 'Titre' : 'Title').fill('Autre chose');
      // Nothing in the form is called by the word for recording.
      await expect(form.getByRole('button', { name: fr ? 'Enregistrer' : 'Record' })).toHaveCount(0);
      await press(fr ? 'Annuler' : 'Cancel');
      await expect(form).toBeHidden();
      expect(planned()).toEqual(before);

      // Two taps in a hurry do not take it away.
      await open();
      const drop = form.getByRole('button', { name: fr ? 'Déprogrammer cette séquence' : 'Drop this segment' });
      await drop.scrollIntoViewIfNeeded();
      await page.screenshot({ path: `${info.project.outputDir}/screens/segment-form-${language}.png` });
      const box = await drop.boundingBox();
      if (!box) throw new Error('no button');
      for (let taps = 0; taps < 2; taps++) await page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2);
      await expect(form).toBeVisible();
      expect(planned()).toEqual(before);
      await drop.click();
      await expect(form.getByText(fr ? /«\sRemettre\s»/ : /“Put back”/)).toBeInViewport({ ratio: 1 });
      await page.screenshot({ path: `${info.project.outputDir}/screens/segment-drop-${language}.png` });
      expect(await violations(page)).toEqual([]);
      await press(fr ? 'Oui, déprogrammer' : 'Yes, drop it');
      await remote.until('dropped', ({ rundown }) => rundown.some(({ title, state }) => title === 'La chorale' && state === 'dropped'));
      await expect(form).toBeHidden();

      // Nobody has signed, and nobody is said to have.
      await expect(row.getByText(fr ? 'Tout le monde a signé' : 'Everybody has signed')).toHaveCount(0);
      await page.screenshot({ path: `${info.project.outputDir}/screens/segment-dropped-${language}.png` });
      await row.getByRole('button', { name: fr ? 'Remettre' : 'Put back' }).click();
      await expect.poll(planned).toEqual(before);

      await open();
      await form.getByLabel(fr ? 'Titre' : 'Title').fill('La grande chorale');
      await press(fr ? 'Garder' : 'Save');
      await expect(form).toBeHidden();
      expect(planned()).toEqual(before.with(-1, { title: 'La grande chorale', state: 'ready' }));
      // Other tests have this studio too.
      await remote.ask({ command: 'segment_remove', segment: remote.state.rundown.at(-1)?.id ?? '' });
    });
  });
}
