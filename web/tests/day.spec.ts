// A citizen's phone, the desk and the set's screen, together.
import type { Locator, Page, TestInfo } from '@playwright/test';

import type { Segment } from '../src/protocol.ts';
import { violations } from './support/axe.ts';
import { expect, hold, openPanel, PINS, test } from './support/test.ts';

const PHONE = { width: 390, height: 844 };

/** Looks at a page: nothing wider than it, targets large enough, nothing axe minds; and keeps a picture. */
async function look(page: Page, info: TestInfo, name: string): Promise<void> {
  const wrong = await page.evaluate(() => {
    const found: string[] = [];
    if (document.documentElement.scrollWidth > innerWidth + 1) found.push(`wider than the window: ${document.documentElement.scrollWidth}`);
    const top = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.body;
    for (const element of top.querySelectorAll(
      'button, a.button, label.button, input:not([type=checkbox], [type=radio], [type=file]), select, summary',
    )) {
      const box = element.getBoundingClientRect();
      if (box.width && (box.height < 47.5 || box.width < 47.5))
        found.push(`small target: ${element.outerHTML.slice(0, 80)} ${box.width}×${box.height}`);
      if (element.tagName === 'BUTTON' && element.scrollWidth > element.clientWidth + 1)
        found.push(`a label falls out: ${element.textContent}`);
    }
    return found;
  });
  await page.screenshot({ path: `${info.project.outputDir}/screens/day-${name}.png`, fullPage: true });
  expect(wrong, name).toEqual([]);
  expect(await violations(page), name).toEqual([]);
}

async function draw(page: Page, pad: Locator): Promise<void> {
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  if (!box) throw new Error('no pad');
  await page.mouse.move(box.x + 30, box.y + box.height / 2);
  await page.mouse.down();
  for (let n = 1; n <= 24; n++) await page.mouse.move(box.x + 30 + n * 9, box.y + box.height * (0.5 + 0.35 * Math.sin(n / 2)));
  await page.mouse.up();
}

for (const language of ['fr', 'en'] as const)
  test(`from “I'd like to talk about my bees” to the end, in ${language}`, async ({ browser, studio, remote }, info) => {
    const fr = language === 'fr';
    const context = await browser.newContext({ viewport: PHONE, locale: fr ? 'fr-FR' : 'en-GB', hasTouch: true });
    const page = await context.newPage();
    const title = fr ? 'Les abeilles d’ici, et pourquoi elles nous manqueront' : 'The bees around here, and why we would miss them';
    await page.goto(`${studio.url}/participate`);
    await look(page, info, `propose-1-${language}`);
    await page.getByLabel(fr ? 'De quoi voulez-vous parler ?' : 'What would you like to talk about?').fill(title);
    await page.getByRole('button', { name: fr ? 'Continuer' : 'Continue' }).click();
    await page.getByLabel(fr ? 'Votre nom' : 'Your name').fill('Odile Lambrequin');
    await page.getByLabel(fr ? 'Les autres participants' : 'The other participants').fill('Marc');
    await look(page, info, `propose-2-${language}`);
    await page.getByRole('button', { name: fr ? 'Envoyer ma proposition' : 'Send my proposal' }).click();
    await expect(page.getByRole('heading', { name: title })).toBeVisible();
    expect(page.url()).not.toMatch(/[0-9a-f]{64}/);
    await remote.until('the proposal', ({ rundown }) => rundown.some((segment) => segment.title === title && segment.state === 'proposed'));
    await look(page, info, `waiting-${language}`);

    const segment = remote.state.rundown.find((one) => one.title === title) as Segment;
    await remote.ask({ command: 'segment_update', segment: segment.id, state: 'ready' } as never);
    await expect(page.getByText(fr ? 'C’est bientôt à vous !' : 'You’re next!')).toBeVisible({ timeout: 12_000 });
    await look(page, info, `called-${language}`);

    await page.getByRole('button', { name: fr ? 'Signer mon accord' : 'Sign my agreement' }).click();
    const boxes = page.getByRole('checkbox');
    await expect(boxes).toHaveCount(4);
    for (const box of await boxes.all()) await expect(box).not.toBeChecked();
    for (const radio of await page.getByRole('radio').all()) await expect(radio).not.toBeChecked();
    await look(page, info, `agree-${language}`);
    for (const n of [0, 1, 2]) await boxes.nth(n).check();
    await page.getByRole('radio', { name: fr ? 'Par mon nom' : 'By my name' }).check();
    await page.getByRole('button', { name: fr ? 'Je suis d’accord' : 'I agree' }).click();
    await expect(page.getByRole('alert')).toContainText(fr ? 'votre signature' : 'your signature');
    await draw(page, page.getByRole('img', { name: fr ? 'Cadre pour signer' : 'Box to sign in' }));
    await look(page, info, `signing-${language}`);
    await page.getByRole('button', { name: fr ? 'Je suis d’accord' : 'I agree' }).click();
    await expect(page.getByRole('button', { name: fr ? 'Mon accord' : 'My agreement' })).toBeVisible();
    await remote.until('signed', ({ rundown }) => rundown.some(({ id, missing }) => id === segment.id && missing.join() === 'Marc'));

    // A photo from this phone; the page's own picture will do.
    const photo = { name: 'photo.jpg', mimeType: 'image/jpeg', buffer: await page.screenshot({ type: 'jpeg' }) };
    await page.getByLabel(fr ? 'Donner une photo aux archives' : 'Give a photo to the archive').setInputFiles(photo);
    await expect(page.getByText(fr ? 'avant de la publier' : 'before it is published')).toBeVisible();
    await look(page, info, `photo-${language}`);

    // The other signs by the link that this phone hands on, in another browser, typing the name.
    await page.getByRole('button', { name: fr ? 'Les autres participants' : 'The other participants' }).click();
    const invitation = page.waitForResponse('**/api/participate/invite');
    await page.getByRole('button', { name: fr ? 'Montrer le code' : 'Show the code' }).click();
    await look(page, info, `fellows-${language}`);
    const { url: address } = (await (await invitation).json()) as { url: string };
    const other = await (await browser.newContext({ viewport: PHONE, locale: fr ? 'fr-FR' : 'en-GB' })).newPage();
    await other.goto(address);
    await other.getByRole('button', { name: fr ? 'Signer mon accord' : 'Sign my agreement' }).click();
    for (const n of [0, 1]) await other.getByRole('checkbox').nth(n).check();
    await other.getByRole('radio', { name: fr ? 'Ne pas me citer' : 'Do not credit me' }).check();
    await other.getByRole('button', { name: fr ? 'Écrire mon nom' : 'Type my name' }).click();
    await other.getByRole('button', { name: fr ? 'Je suis d’accord' : 'I agree' }).click();
    await remote.until('both signed', ({ rundown }) => rundown.some(({ id, missing }) => id === segment.id && !missing.length));
    await other.context().close();

    await page.goBack();
    await page.getByRole('button', { name: fr ? 'Me préparer' : 'Get ready' }).click();
    await expect(page.getByRole('heading', { level: 2 })).toHaveCount(4);
    await look(page, info, `prepare-${language}`);
    await page.getByRole('button', { name: fr ? 'Retour' : 'Back' }).click();

    await remote.ask({ command: 'segment_start', segment: segment.id, private: null, reason: null });
    await expect(page.getByText(fr ? 'Vous êtes à l’antenne' : 'You are on air')).toBeVisible({ timeout: 12_000 });
    await look(page, info, `on-air-${language}`);
    await remote.ask({ command: 'segment_end' });
    await expect(page.getByText(fr ? 'C’était votre séquence' : 'That was your segment')).toBeVisible({ timeout: 12_000 });
    await page.getByRole('button', { name: fr ? 'Trois questions' : 'Three questions' }).click();
    await page.getByRole('radio').first().check();
    await look(page, info, `survey-${language}`);
    await page.getByRole('button', { name: fr ? 'Envoyer' : 'Send' }).click();
    await expect(page.getByRole('status')).toContainText(fr ? 'Merci' : 'Thank you');
    await page.getByRole('button', { name: fr ? 'Retour' : 'Back' }).click();

    await page.getByRole('button', { name: fr ? 'Mon accord' : 'My agreement' }).click();
    await look(page, info, `agreement-${language}`);
    await page.getByRole('button', { name: fr ? 'Tout retirer' : 'Withdraw everything' }).click();
    await page.getByRole('button', { name: fr ? 'Oui, retirer' : 'Yes, withdraw' }).click();
    await remote.until('withdrawn', ({ rundown }) =>
      rundown.some(({ id, missing }) => id === segment.id && missing.includes('Odile Lambrequin')),
    );
    await page.getByRole('button', { name: fr ? 'Retour' : 'Back' }).click();
    await page.getByRole('button', { name: fr ? 'Mes données' : 'My data' }).click();
    await look(page, info, `data-${language}`);
    await page.getByRole('button', { name: fr ? 'Effacer mes données' : 'Erase my data' }).click();
    await page.getByRole('button', { name: fr ? 'Oui, tout effacer' : 'Yes, erase everything' }).click();
    await expect(page.getByRole('status')).toContainText(fr ? 'effacées' : 'erased');
    await context.close();
  });

test('a child needs both guardians', async ({ browser, studio, remote }, info) => {
  const page = await (await browser.newContext({ viewport: PHONE, locale: 'fr-FR' })).newPage();
  await page.goto(`${studio.url}/participate`);
  await page.getByLabel('De quoi voulez-vous parler ?').fill('Mon cheval');
  await page.getByRole('button', { name: 'Continuer' }).click();
  await page.getByLabel('Votre nom').fill('Lou');
  await page.getByRole('button', { name: 'Envoyer' }).click();
  await page.getByRole('button', { name: 'Signer mon accord' }).click();
  await page.getByRole('checkbox').first().check();
  await page.getByRole('radio', { name: 'Ne pas me citer' }).check();
  await page.getByRole('checkbox', { name: 'J’ai moins de 18 ans' }).check();
  await page.getByLabel('Date de naissance').fill('2015-05-05');
  for (const button of await page.getByRole('button', { name: 'Écrire mon nom' }).all()) await button.click().catch(() => undefined);
  while (await page.getByRole('button', { name: 'Écrire mon nom' }).count())
    await page.getByRole('button', { name: 'Écrire mon nom' }).first().click();
  const names = page.getByLabel('Nom et prénom', { exact: true });
  await names.nth(0).fill('Anne');
  await names.nth(1).fill('Anne');
  await page.getByRole('button', { name: 'Je suis d’accord' }).click();
  await expect(page.getByRole('alert')).toContainText('deux responsables');
  await names.nth(1).fill('Paul');
  await look(page, info, 'child-fr');
  await page.getByRole('button', { name: 'Je suis d’accord' }).click();
  await remote.until('signed', ({ rundown }) =>
    rundown.some(({ title, participants }) => title === 'Mon cheval' && participants[0]?.recorded === true),
  );
  await page.context().close();
});

test('a link that is none is told in a sentence', async ({ page, studio }, info) => {
  await page.setViewportSize(PHONE);
  await page.goto(`${studio.url}/participate#${'0'.repeat(64)}`);
  await expect(page.getByRole('alert')).toContainText('lien personnel');
  await look(page, info, 'bad-link-fr');
});

for (const language of ['fr', 'en'] as const)
  test.describe(`the desk in ${language}`, () => {
    test.use({ locale: language === 'fr' ? 'fr-FR' : 'en-GB' });

    test('orders the day, is held back by the gate, and speaks to the set', async ({ page, studio, remote, browser }, info) => {
      const fr = language === 'fr';
      // What is done stays in the rundown, from one language to the next.
      const bicycle = fr ? 'Le vélo' : 'My bicycle';
      const add = (title: string, names: string[] = []) =>
        remote.ask({
          command: 'segment_add',
          title,
          summary: '',
          language: null,
          needs: '',
          planned_seconds: 300,
          participants: names.map((name) => ({ id: null, name })),
          day: null,
          fixed_at: null,
          position: null,
          private: false,
        });
      await add('La chorale du collège chante trois chansons du pays, puis une quatrième', [
        'Marie-Antoinette de la Rochefoucauld',
        'Paul',
      ]);
      await add(bicycle);
      await openPanel(page, studio.url, { pin: PINS.admin });
      await page.getByRole('button', { name: fr ? 'Ouvrir le conducteur' : 'Open the rundown' }).click();
      const sheet = page.getByRole('dialog', { name: fr ? 'Conducteur' : 'Rundown' });
      await sheet.getByRole('button', { name: fr ? 'Ajouter une séquence' : 'Add a segment' }).click();
      await page.getByLabel(fr ? 'Titre' : 'Title', { exact: true }).fill('Jeux de société');
      await page.getByRole('button', { name: fr ? 'Ajouter quelqu’un' : 'Add somebody' }).click();
      await page.getByLabel('Participant 1').fill('Nour');
      await look(page, info, `editor-${language}`);
      await page
        .getByRole('button', { name: fr ? 'Garder' : 'Save', exact: true })
        .last()
        .click();
      const order = () => remote.state.rundown.filter(({ state }) => state === 'ready').map(({ title }) => title.slice(0, 8));
      await expect.poll(order).toEqual(['La chora', bicycle.slice(0, 8), 'Jeux de ']);
      await look(page, info, `rundown-${language}`);

      // By keyboard, then by finger.
      const grip = (title: string) => sheet.getByRole('button', { name: new RegExp(`${fr ? 'Déplacer' : 'Move'}.*${title}`) });
      await grip('Jeux').focus();
      await page.keyboard.press('ArrowUp');
      await expect.poll(order).toEqual(['La chora', 'Jeux de ', bicycle.slice(0, 8)]);
      const [from, to] = [await grip(bicycle).boundingBox(), await grip('chorale').boundingBox()];
      if (!from || !to) throw new Error('no grips');
      await page.mouse.move(from.x + 20, from.y + 20);
      await page.mouse.down();
      await page.mouse.move(to.x + 20, to.y + 30, { steps: 5 });
      await page.mouse.move(to.x + 20, to.y - 10, { steps: 5 });
      await page.mouse.up();
      await expect.poll(order).toEqual([bicycle.slice(0, 8), 'La chora', 'Jeux de ']);

      // The set's screen.
      const clock = await (await browser.newContext({ viewport: { width: 1280, height: 720 }, locale: fr ? 'fr-FR' : 'en-GB' })).newPage();
      await clock.goto(`${studio.url}/clock`);
      await expect(clock.getByText(bicycle)).toBeVisible();
      await sheet.getByLabel(fr ? 'Message sur l’écran du plateau' : 'Message on the set’s screen').fill('Rapprochez-vous du micro');
      await sheet.getByRole('button', { name: fr ? 'Afficher' : 'Show' }).click();
      await expect(clock.getByText('Rapprochez-vous du micro')).toBeVisible();
      await look(clock, info, `clock-off-${language}`);
      await remote.ask({ command: 'clock_message', text: '' });

      // The gate: nobody has signed for the choir.
      await sheet
        .getByRole('listitem')
        .filter({ hasText: 'chorale' })
        .getByRole('button', { name: fr ? 'Démarrer' : 'Start' })
        .click();
      const gate = page.getByRole('dialog', { name: fr ? 'Il manque des accords' : 'Agreements are missing' });
      await expect(gate).toContainText('Rochefoucauld');
      await look(page, info, `gate-${language}`);
      await gate.getByRole('button', { name: fr ? 'Accords' : 'Agreements' }).click();
      const people = page.getByRole('dialog', { name: /chorale/ });
      await people
        .getByRole('button', { name: fr ? 'Code à scanner' : 'Code to scan' })
        .first()
        .click();
      await expect(people.getByRole('img')).toBeVisible();
      await look(page, info, `people-${language}`);
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
      expect(remote.state.segment).toBeNull();

      await sheet
        .getByRole('listitem')
        .filter({ hasText: bicycle })
        .getByRole('button', { name: fr ? 'Démarrer' : 'Start' })
        .click();
      await remote.until('on air', ({ segment }) => segment?.title === bicycle);
      await expect(clock.getByText(fr ? 'À L’ANTENNE' : 'ON AIR')).toBeVisible();
      await expect(clock.locator('.time')).toHaveText(/^4:5\d$/);
      await look(clock, info, `clock-on-${language}`);
      await clock.context().close();
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: fr ? 'Repère' : 'Mark' }).click();
      await remote.until('a mark', ({ segment }) => segment?.marks.length === 1);
      await look(page, info, `desk-${language}`);
      await hold(page, fr ? 'Maintenir pour terminer' : 'Hold to end');
      await remote.until('ended', ({ segment }) => segment === null);

      await page.goto(`${studio.url}/panel/report`);
      await expect(page.getByRole('table')).toBeVisible();
      await look(page, info, `report-${language}`);
    });
  });

test('the set’s screen and the desk on a phone', async ({ page, studio, remote }, info) => {
  await remote.ask({
    command: 'segment_add',
    title: 'Court',
    summary: '',
    language: null,
    needs: '',
    planned_seconds: 1,
    participants: [],
    day: null,
    fixed_at: null,
    position: null,
    private: false,
  });
  await remote.ask({ command: 'segment_start', segment: null, private: null, reason: null });
  await page.goto(`${studio.url}/clock`);
  await expect(page.locator('.time.late')).toHaveText(/^\+0:0[1-9]$/, { timeout: 10_000 });
  await look(page, info, 'clock-late-fr');
  await page.setViewportSize(PHONE);
  await look(page, info, 'clock-phone-fr');
  await openPanel(page, studio.url, { pin: PINS.animator });
  await look(page, info, 'desk-phone-fr');
  await page.getByRole('button', { name: 'Ouvrir le conducteur' }).click();
  await look(page, info, 'rundown-phone-fr');
  await remote.ask({ command: 'segment_end' });
});
