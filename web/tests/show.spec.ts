import { segment } from './support/segment.ts';
import { signs } from './support/signs.ts';
import { expect, hold, openPanel, PINS, test } from './support/test.ts';

test('a first-time volunteer has camera 2 on air in ten seconds and a name in thirty', async ({ page, studio, remote }) => {
  const opened = Date.now();
  await page.goto(`${studio.url}/panel`);
  for (const digit of PINS.animator) await page.getByRole('button', { name: digit, exact: true }).tap();
  await page.getByRole('button', { name: 'Entrer' }).tap();

  // The tour is there, and in nobody's way.
  await expect(page.getByText('1 sur 5')).toBeVisible();
  const camera = page.getByRole('button', { name: 'Caméra 2', exact: true });
  await camera.tap();
  await expect(page.getByRole('button', { name: 'Caméra 2 ANTENNE' })).toBeVisible();
  await remote.until('camera 2 on air', (state) => state.program.scene === 'cam2');
  expect(Date.now() - opened).toBeLessThan(10_000);

  await page.getByRole('button', { name: 'Passer la visite' }).tap();
  await page.getByLabel('Nom', { exact: true }).fill('Mme Ruche');
  await page.getByLabel('Rôle, métier, lieu').fill('Apicultrice');
  await page.getByRole('button', { name: 'Montrer' }).tap();
  await remote.until('a title', ({ titles }) => Object.values(titles[0]?.fields ?? {}).includes('Mme Ruche'));
  await expect(page.getByText(/À l’image, part dans/)).toBeVisible();
  expect(Date.now() - opened).toBeLessThan(30_000);

  await page.getByRole('button', { name: 'Retirer' }).tap();
  await remote.until('no title', ({ titles }) => titles.length === 0);
  await expect(page.getByText(/À l’image, part dans/)).toBeHidden();

  // The second time the page opens straight on the desk, without the tour.
  await page.reload();
  await expect(page.getByRole('button', { name: 'Caméra 2 ANTENNE' })).toBeVisible();
  await expect(page.getByText('1 sur 5')).toBeHidden();
});

test('a guest of the next segment is named in one tap, and leaves by herself', async ({ page, studio, remote }) => {
  await remote.ask(segment('Les abeilles d’ici', 'Mme Ruche', 'Karim'));
  await remote.until('the segment', ({ rundown }) => rundown.some(({ participants }) => participants.length === 2));
  for (const guest of remote.state.rundown.at(-1)?.participants ?? [])
    await signs(studio, remote, guest, { kind: 'name', name: guest.name });
  const opened = Date.now();
  await openPanel(page, studio.url, { pin: PINS.animator });
  await page.getByLabel('Partir tout seul').selectOption('5 s');
  const guest = page.getByRole('button', { name: /^Mme Ruche/ });
  await guest.tap();
  await remote.until('her name', ({ titles }) => titles[0]?.fields['name'] === 'Mme Ruche');
  expect(Date.now() - opened).toBeLessThan(30_000);
  await expect(guest).toHaveAttribute('aria-pressed', 'true');
  await remote.until('gone by itself', ({ titles }) => titles.length === 0, 10_000);
  await expect(guest).toHaveAttribute('aria-pressed', 'false');

  // What somebody types for a name is kept for the next tap.
  await page.getByLabel('Nom', { exact: true }).fill('Karim');
  await page.getByLabel('Rôle, métier, lieu').fill('Cycliste');
  await page.getByRole('button', { name: 'Montrer' }).tap();
  await remote.until('typed', ({ titles }) => titles[0]?.fields['role'] === 'Cycliste');
  const karim = page.getByRole('button', { name: /^Karim Cycliste/ });
  await karim.tap();
  await remote.until('out by the same tap', ({ titles }) => titles.length === 0);
  await karim.tap();
  await remote.until('in again', ({ titles }) => titles[0]?.fields['role'] === 'Cycliste');
});

test('a wrong code is told in words and enters nowhere', async ({ page, studio }) => {
  await page.goto(`${studio.url}/panel`);
  await page.getByLabel('Code', { exact: true }).fill('1');
  await page.getByRole('button', { name: 'Entrer' }).tap();
  await expect(page.getByRole('alert')).not.toBeEmpty();
  await expect(page.getByRole('heading', { name: 'Entrer en régie' })).toBeVisible();
});

test('prepare, then cut, fade, or fade by hand; undo goes back', async ({ page, studio, remote }) => {
  await openPanel(page, studio.url, { pin: PINS.animator, mode: 'prepare' });
  await page.getByRole('button', { name: 'Caméra 2', exact: true }).tap();
  await expect(page.getByRole('button', { name: 'Caméra 2 PRÊTE' })).toBeVisible();
  expect(remote.state.program.scene).toBe('cam1');

  await page.getByRole('button', { name: 'COUPER' }).tap();
  await expect(page.getByRole('button', { name: 'Caméra 2 ANTENNE' })).toBeVisible();

  await page.getByRole('button', { name: /^Duo/ }).tap();
  await page.getByRole('button', { name: 'Fondu', exact: true }).tap();
  await expect(page.getByRole('button', { name: 'Duo ANTENNE' })).toBeVisible();
  // Its cameras are seen by viewers too, and say so.
  await expect(page.getByRole('button', { name: 'Caméra 1 à l’image' })).toBeVisible();

  await page.getByRole('button', { name: /^Caméra 3/ }).tap();
  await remote.until('camera 3 in preview', ({ preview }) => preview === 'cam3');
  const bar = page.getByRole('slider', { name: 'Fondu à la main' });
  const box = (await bar.boundingBox())!;
  await page.mouse.move(box.x + 18, box.y + box.height / 2);
  await page.mouse.down();
  for (let i = 1; i <= 10; i++) await page.mouse.move(box.x + 18 + ((box.width - 20) * i) / 10, box.y + box.height / 2);
  await page.mouse.move(box.x + box.width + 40, box.y + box.height / 2);
  await page.mouse.up();
  await remote.until('camera 3 on air', ({ program }) => program.scene === 'cam3');
  await expect(bar).toHaveValue('0');

  await page.getByRole('button', { name: 'Annuler : Revenir à Duo' }).tap();
  await remote.until('duo again', ({ program }) => program.scene === 'duo');
});

test('the keyboard of a laptop does it all, but never while somebody types', async ({ page, studio, remote }) => {
  await openPanel(page, studio.url, { pin: PINS.animator, mode: 'prepare' });
  await page.keyboard.press('2');
  await remote.until('camera 2 in preview', ({ preview }) => preview === 'cam2');
  await page.keyboard.press('Space');
  await remote.until('camera 2 on air', ({ program }) => program.scene === 'cam2');
  await expect(page.getByRole('button', { name: 'Caméra 2 ANTENNE' })).toBeVisible();
  await page.keyboard.press('Shift+Digit3');
  await remote.until('camera 3 on air', ({ program }) => program.scene === 'cam3');
  await expect(page.getByRole('button', { name: 'Annuler : Revenir à Caméra 2' })).toBeVisible();
  await page.keyboard.press('z');
  await remote.until('camera 2 again', ({ program }) => program.scene === 'cam2');
  // A finger's tap leaves the space bar to the take.
  await page.getByRole('button', { name: /^Duo/ }).click();
  await remote.until('duo in preview', ({ preview }) => preview === 'duo');
  await page.keyboard.press('Space');
  await remote.until('duo on air', ({ program }) => program.scene === 'duo');

  await page.getByLabel('Nom', { exact: true }).fill('');
  await page.getByLabel('Nom', { exact: true }).pressSequentially('1 2 3 pr');
  await expect(page.getByLabel('Nom', { exact: true })).toHaveValue('1 2 3 pr');
  expect(remote.state.program.scene).toBe('duo');
  expect(remote.state.slate).toBe(false);
  await page.getByLabel('Nom', { exact: true }).blur();
  await page.keyboard.press('?');
  await expect(page.getByRole('heading', { name: 'Raccourcis du clavier' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('p');
  await remote.until('pause', ({ slate }) => slate);
});

test('going live counts in, can be called off, and is held to leave', async ({ page, studio, remote }) => {
  await openPanel(page, studio.url, { pin: PINS.animator });
  const off = () => Object.entries(remote.state.outputs).every(([id, { status }]) => id === 'log' || status === 'off');

  await page.getByRole('button', { name: 'Passer à l’antenne' }).tap();
  await expect(page.getByText('Rien n’est encore parti.')).toBeVisible();
  await page.getByRole('dialog').getByText('Annuler').tap();
  await expect(page.getByText('Rien n’est encore parti.')).toBeHidden();
  await page.waitForTimeout(3500);
  expect(off()).toBe(true);

  await page.getByRole('button', { name: 'Passer à l’antenne' }).tap();
  await remote.until('live', ({ outputs }) => outputs['page']?.status === 'live', 20_000);
  expect(remote.state.outputs['log']?.status).toBe('off');
  await expect(page.getByRole('banner').getByText('ANTENNE')).toBeVisible();

  await hold(page, /^À l’antenne.*Maintenir/, 300);
  await page.waitForTimeout(500);
  expect(remote.state.outputs['page']?.status).toBe('live');
  await hold(page, /^À l’antenne.*Maintenir/);
  await remote.until('off air', off);
  await expect(page.getByRole('banner').getByText('HORS ANTENNE')).toBeVisible();
});

test('pause, and a recording that a short touch does not end', async ({ page, studio, remote }) => {
  await openPanel(page, studio.url, { pin: PINS.animator });
  await page.getByRole('button', { name: 'Enregistrer' }).tap();
  await remote.until('recording', ({ recording }) => recording.on);
  await page.getByRole('button', { name: /^Pause/ }).tap();
  await expect(page.getByText('le public voit le carton d’attente')).toBeVisible();
  expect(remote.state.recording.on).toBe(true);
  await page.getByRole('button', { name: /^Reprendre/ }).tap();
  await remote.until('no pause', ({ slate }) => !slate);

  await hold(page, /^Enregistre .*Maintenir/, 200);
  await page.waitForTimeout(300);
  expect(remote.state.recording.on).toBe(true);
  await hold(page, /^Enregistre .*Maintenir/);
  await remote.until('recorded', ({ recording }) => !recording.on);
});

test('a microphone is levelled, muted, and judged in words', async ({ page, studio, remote }) => {
  await openPanel(page, studio.url, { pin: PINS.animator });
  await page.getByRole('tab', { name: 'Son' }).tap();
  const fader = page.getByRole('slider', { name: 'Niveau de Caméra 1' });
  await expect(fader).toBeVisible();
  await fader.focus();
  const before = remote.state.sources['cam1']!.audio.gain_db;
  for (let i = 0; i < 20; i++) await page.keyboard.press('ArrowLeft');
  await remote.until('a lower level', ({ sources }) => sources['cam1']!.audio.gain_db < before - 2);
  await page.getByRole('button', { name: 'Couper le son : Caméra 1' }).tap();
  await remote.until('muted', ({ sources }) => sources['cam1']!.audio.mute);
  await expect(page.getByRole('button', { name: 'Couper le son : Caméra 1' })).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByText('coupé', { exact: true })).toBeVisible();
});

test('a player plays on air, counts down, and gives the programme back', async ({ page, studio, remote }) => {
  await openPanel(page, studio.url, { pin: PINS.animator });
  await page.getByRole('tab', { name: 'Médias' }).tap();
  await page.getByRole('button', { name: 'Lire à l’antenne' }).tap();
  await remote.until('playing on air', ({ sources, program }) => sources['generique']!.media!.playing && program.scene === 'generique');
  await expect(page.getByRole('tabpanel').getByText(/reste 0:0[1-5] · puis Caméra 1/)).toBeVisible();
  // The scene before it is back before the file is at its beginning again.
  await remote.until('back', ({ program }) => program.scene === 'cam1', 15_000);
  expect(remote.state.sources['generique']!.media!.playing).toBe(true);
  await remote.until('at its end', ({ sources }) => !sources['generique']!.media!.playing);
});

test('rehearsal says so, everywhere, and is held to end', async ({ page, studio, remote }) => {
  await openPanel(page, studio.url, { pin: PINS.animator });
  await page.getByRole('button', { name: 'Menu' }).tap();
  await page.getByRole('button', { name: /^Répétition/ }).tap();
  await remote.until('rehearsal', ({ rehearsal }) => rehearsal);
  await expect(page.getByText('RÉPÉTITION : tout fonctionne, rien ne sort de la maison.')).toBeVisible();
  await page.getByRole('button', { name: 'Menu' }).tap();
  await hold(page, 'Maintenir pour finir la répétition');
  await remote.until('no rehearsal', ({ rehearsal }) => !rehearsal);
});

test('undo brings back a title and a microphone', async ({ page, studio, remote }) => {
  await openPanel(page, studio.url, { pin: PINS.animator });
  await page.getByLabel('Partir tout seul').selectOption('Non');
  await page.getByLabel('Nom', { exact: true }).fill('Karim');
  await page.getByRole('button', { name: 'Montrer' }).tap();
  await remote.until('a title', ({ titles }) => titles[0]?.fields['name'] === 'Karim');
  await page.getByRole('button', { name: 'Retirer : Karim' }).tap();
  await remote.until('no title', ({ titles }) => titles.length === 0);
  await page.getByRole('button', { name: 'Annuler : Titre : Karim' }).tap();
  await remote.until('the title again', ({ titles }) => titles[0]?.fields['name'] === 'Karim' && titles[0].until === null);
  // Shown once, it is one tap away, and the same tap takes it out.
  const again = page.getByRole('button', { name: 'Karim', exact: true });
  await expect(again).toHaveAttribute('aria-pressed', 'true');
  await again.tap();
  await remote.until('out by one tap', ({ titles }) => titles.length === 0);
  await again.tap();
  await remote.until('in by one tap', ({ titles }) => titles.length === 1);

  await page.getByRole('tab', { name: 'Son' }).tap();
  await page.getByRole('button', { name: 'Couper le son : Caméra 1' }).tap();
  await remote.until('muted', ({ sources }) => sources['cam1']!.audio.mute);
  await page.getByRole('button', { name: 'Annuler : Son de Caméra 1' }).tap();
  await remote.until('heard', ({ sources }) => !sources['cam1']!.audio.mute);
});

test('silence on air is told over the program’s picture, whatever tool is open', async ({ page, studio, remote }) => {
  await openPanel(page, studio.url, { pin: PINS.animator });
  await remote.ask({ command: 'record', on: true });
  await expect(page.getByText('On ne vous entend pas')).toBeHidden();
  await remote.ask({ command: 'audio', source: 'cam1', mute: true });
  await expect(page.getByText('On ne vous entend pas')).toBeVisible({ timeout: 10_000 });
  await remote.ask({ command: 'audio', source: 'cam1', mute: false });
  await expect(page.getByText('On ne vous entend pas')).toBeHidden({ timeout: 10_000 });
});

test('HTML in a title shows as text, and a text that is too long is refused beside the field', async ({ page, studio, remote }) => {
  await openPanel(page, studio.url, { pin: PINS.animator });
  const name = page.getByLabel('Nom', { exact: true });
  await name.fill('<img src=x onerror="document.title=1"><b>Gras</b>');
  await page.getByRole('button', { name: 'Montrer' }).tap();
  await remote.until('a title', ({ titles }) => titles.length === 1);
  await expect(page.getByText('<b>Gras</b>').first()).toBeVisible();
  expect(await page.locator('img').count()).toBe(0);

  await name.fill('x'.repeat(10_000));
  await page.getByRole('button', { name: 'Remplacer' }).tap();
  await expect(page.getByRole('tabpanel').getByRole('alert')).toHaveText(/\w{3}/);
  expect(Object.values(remote.state.titles[0]!.fields)).toContain('<img src=x onerror="document.title=1"><b>Gras</b>');
});

test('a microphone is heard in the headphones, one at a time', async ({ page, studio }) => {
  const heard: string[] = [];
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => {
      if (typeof payload !== 'string' && payload[0] === 2) heard.push(payload.subarray(2, 2 + payload[1]!).toString());
    }),
  );
  await openPanel(page, studio.url, { pin: PINS.animator });
  await page.getByRole('tab', { name: 'Son' }).tap();
  const listen = (name: string) => page.getByRole('button', { name: `Écouter au casque : ${name}` });
  await listen('Caméra 2').tap();
  await expect(listen('Caméra 2')).toHaveAttribute('aria-pressed', 'true');
  await expect.poll(() => heard.filter((id) => id === 'cam2').length).toBeGreaterThan(5);
  await listen('Programme').tap();
  await expect(listen('Caméra 2')).toHaveAttribute('aria-pressed', 'false');
  await expect.poll(() => heard.at(-1)).toBe('program');
});

test('a destination that does not answer is told, and tried again at once when asked', async ({ page, studio, remote }) => {
  await openPanel(page, studio.url, { pin: PINS.animator });
  await page.getByRole('tab', { name: 'Sorties' }).tap();
  await page.getByRole('button', { name: 'Démarrer : PeerTube' }).tap();
  await remote.until('trouble', ({ outputs }) => outputs['peertube']!.problem !== null, 20_000);
  await expect(page.getByRole('banner').getByText('PeerTube')).toBeVisible();
  await page
    .getByRole('banner')
    .getByRole('button', { name: /problème/ })
    .tap();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('PeerTube')).toBeVisible();
  await dialog.getByRole('button', { name: 'Réessayer maintenant' }).tap();
  await page.getByRole('button', { name: 'Fermer' }).tap();
  await hold(page, /^Arrêter : PeerTube/);
  await remote.until('stopped', ({ outputs }) => outputs['peertube']!.status === 'off');
});

test('the tour has five steps, ends, and can be taken again', async ({ page, studio }) => {
  await openPanel(page, studio.url, { pin: PINS.animator });
  await page.getByRole('button', { name: 'Menu' }).tap();
  await page.getByRole('button', { name: 'Visite en cinq étapes' }).tap();
  for (const n of [1, 2, 3, 4]) {
    await expect(page.getByText(`${n} sur 5`)).toBeVisible();
    await page.getByRole('button', { name: 'Suivant' }).tap();
  }
  await page.getByRole('button', { name: 'C’est parti' }).tap();
  await expect(page.getByText('5 sur 5')).toBeHidden();
});

test('a countdown, a card with what is there already, and all away at once', async ({ page, studio, remote }) => {
  await openPanel(page, studio.url, { pin: PINS.animator });
  await page.getByRole('radio', { name: 'Décompte' }).tap();
  await page.getByLabel('Jusqu’à quoi').fill('Le direct');
  await page.getByRole('combobox', { name: 'Durée' }).selectOption('2 min');
  await page.getByRole('button', { name: 'Montrer' }).tap();
  await remote.until('a countdown', ({ titles }) => titles[0]?.fields['label'] === 'Le direct' && titles[0].fields['seconds'] === '120');
  await page.getByRole('radio', { name: 'Carton' }).tap();
  await expect(page.getByLabel('Titre', { exact: true })).toHaveValue('Fête du Miel');
  await page.getByRole('button', { name: 'Montrer' }).tap();
  await remote.until('two titles', ({ titles }) => titles.length === 2);
  await page.getByRole('button', { name: 'Tout retirer' }).tap();
  await remote.until('none', ({ titles }) => titles.length === 0);
});

test('the addresses for others are shown with a code to scan', async ({ page, studio }) => {
  await openPanel(page, studio.url, { pin: PINS.animator });
  await page.getByRole('button', { name: 'Menu' }).tap();
  await page.getByRole('button', { name: 'Partager les adresses' }).tap();
  const code = page.getByRole('dialog').getByRole('img');
  await expect(code).toHaveAttribute('alt', /\/panel$/);
  // The drawing is one that a browser can read, and square.
  await expect
    .poll(() => code.evaluate((image: HTMLImageElement) => image.naturalWidth > 0 && image.naturalWidth === image.naturalHeight))
    .toBe(true);
  await page.getByRole('button', { name: 'Participer' }).tap();
  await expect(code).toHaveAttribute('alt', /\/participate$/);
  await expect(page.getByText(/^http.*\/participate$/)).toBeVisible();
});
