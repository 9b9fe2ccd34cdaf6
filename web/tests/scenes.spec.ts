import { expect, hold, openPanel, PINS, test } from './support/test.ts';

test('a scene is drawn, saved, put on air, changed, undone and removed', async ({ page, studio, remote }) => {
  await openPanel(page, studio.url, { pin: PINS.animator });
  await page.getByRole('button', { name: 'Modifier' }).tap();
  await page.getByRole('button', { name: 'Nouvelle scène' }).tap();

  await page.getByRole('button', { name: 'Enregistrer la scène' }).tap();
  await expect(page.getByText('Donnez un nom à la scène.')).toBeVisible();

  await page.getByRole('button', { name: 'Incrustation', exact: true }).tap();
  await page.getByRole('dialog').getByLabel('Nom', { exact: true }).fill('Débat à deux');
  const inset = page.getByRole('button', { name: /^Image 2 :/ });
  const box = (await inset.boundingBox())!;
  // To the upper left, far beyond the frame: the layer stops at its edge.
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x - 300, box.y - 200, { steps: 5 });
  await page.mouse.move(0, 0, { steps: 5 });
  await page.mouse.up();
  await page.getByRole('button', { name: 'Enregistrer la scène' }).tap();
  await remote.until('saved', ({ scenes }) => scenes.some(({ id }) => id === 'debat-a-deux'));
  const saved = () => remote.state.scenes.find(({ id }) => id === 'debat-a-deux')!;
  expect(saved().layers).toHaveLength(2);
  expect(saved().layers[1]).toMatchObject({ x: 0, y: 0, width: 0.28, height: 0.28, fit: 'cover' });

  await page.getByRole('button', { name: 'Terminé' }).tap();
  await page.getByRole('button', { name: 'Débat à deux', exact: true }).tap();
  await expect(page.getByRole('button', { name: 'Débat à deux ANTENNE' })).toBeVisible();

  // Changed while on air, by keyboard.
  await page.getByRole('button', { name: 'Modifier' }).tap();
  await page.getByRole('button', { name: /^Débat à deux/ }).tap();
  await expect(page.getByText('Cette scène est à l’antenne')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Maintenir pour supprimer' })).toBeDisabled();
  await page.getByRole('button', { name: /^Image 2 :/ }).focus();
  for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  await page.getByRole('button', { name: 'Enregistrer la scène' }).tap();
  await remote.until('moved', () => Math.abs(saved().layers[1]!.x - 0.1) < 1e-6 && Math.abs(saved().layers[1]!.width - 0.29) < 1e-6);
  await page.getByRole('button', { name: 'Annuler : Défaire : Débat à deux' }).tap();
  await remote.until('undone', () => saved().layers[1]!.x === 0);

  await remote.ask({ command: 'take', scene: 'cam1', transition: { kind: 'cut', duration_ms: 300 } });
  await page.getByRole('button', { name: /^Débat à deux/ }).tap();
  await hold(page, 'Maintenir pour supprimer');
  await remote.until('removed', ({ scenes }) => !scenes.some(({ id }) => id === 'debat-a-deux'));
  await expect(page.getByRole('button', { name: /^Débat à deux/ })).toBeHidden();
});

test('a scene that reaches out of the frame is refused in words, and what is on air stays', async ({ page, studio, remote }) => {
  await openPanel(page, studio.url, { pin: PINS.animator });
  const crop = { left: 0, right: 0, top: 0, bottom: 0 };
  const outside = { source: 'cam1', x: 0.8, y: 0, width: 0.5, height: 1, fit: 'cover' as const, crop };
  const before = remote.state;
  for (const scene of [
    { id: 'duo', label: 'Duo', layers: [outside], automatic: false, microphones: [] },
    { id: 'duo', label: '', layers: [{ ...outside, x: 0 }], automatic: false, microphones: [] },
    { id: 'duo', label: 'Duo', layers: [{ ...outside, x: 0, source: 'nobody' }], automatic: false, microphones: [] },
  ])
    await expect(remote.ask({ command: 'scene_save', scene })).rejects.toThrow(/\w{3}/);
  expect(remote.state.scenes).toEqual(before.scenes);
  await expect(page.getByRole('button', { name: 'Caméra 1 ANTENNE' })).toBeVisible();
});
