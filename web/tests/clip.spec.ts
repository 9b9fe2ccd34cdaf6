// Who was filmed sees the clip before the public does, on their phone, and says what they think of it.
import { expect, test, type Browser, type Page, type TestInfo } from '@playwright/test';

import { violations } from './support/axe.ts';
import { misfits } from './support/looks.ts';
import { Remote } from './support/remote.ts';
import { segment } from './support/segment.ts';
import { PINS, SMALL, Studio } from './support/studio.ts';
import { openPanel } from './support/test.ts';

const config = `
[plateau]
publish = "participant"
${SMALL}[encoder]
preset = "ultrafast"
bitrate_kbps = 800
[[source]]
id = "cam1"
label = "Caméra 1"
kind = "test"
`;
const PHONES = [
  { width: 390, height: 844 },
  { width: 360, height: 640 },
];
const TITLE = 'Les abeilles d’ici';

let studio: Studio;
let remote: Remote;
test.beforeEach(async () => {
  studio = await Studio.start(() => config);
  remote = await Remote.join(studio);
});
test.afterEach(async () => {
  remote.close();
  await studio.stop();
});

/** Looks at a page on both phones, and keeps pictures. */
async function look(page: Page, info: TestInfo, name: string): Promise<void> {
  for (const size of PHONES) {
    await page.setViewportSize(size);
    await page.screenshot({ path: `${info.project.outputDir}/screens/clip-${name}-${size.width}.png`, fullPage: true });
    expect(await misfits(page), name).toEqual([]);
  }
  expect(await violations(page), name).toEqual([]);
}

/** Everything that somebody signs at the desk; their own link. */
async function sign(page: Page, name: string, more: object = {}): Promise<string> {
  const { hash } = (await (await page.request.get(`${studio.url}/api/participate/terms?language=fr`)).json()) as { hash: string };
  const person = remote.state.rundown.flatMap(({ participants }) => participants).find((one) => one.name === name);
  const signed = await page.request.post(`${studio.url}/api/people/${person?.id}/sign`, {
    headers: { Origin: studio.url },
    data: {
      ...{ language: 'fr', hash, points: ['recorded', 'live', 'archived'], credit: { kind: 'name', name } },
      ...{ signature: { name, typed: true }, ...more },
    },
  });
  expect(signed.ok(), await signed.text()).toBe(true);
  return ((await signed.json()) as { url: string }).url;
}

/** A phone with somebody's page. */
async function phone(browser: Browser, url: string, fr: boolean): Promise<Page> {
  const context = await browser.newContext({ viewport: PHONES[0], locale: fr ? 'fr-FR' : 'en-GB', hasTouch: true, isMobile: true });
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

async function film(seconds: number): Promise<void> {
  await remote.ask({ command: 'segment_start', segment: null, private: null, reason: null });
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  await remote.ask({ command: 'segment_end' });
}

const listed = async (page: Page) => ((await (await page.request.get(`${studio.url}/api/clips`)).json()) as unknown[]).length;

for (const language of ['fr', 'en'] as const)
  test(`a clip is seen, cut, seen again, published, and taken back, in ${language}`, async ({ browser }, info) => {
    const fr = language === 'fr';
    const desk = await (
      await browser.newContext({ viewport: { width: 1180, height: 820 }, hasTouch: true, locale: fr ? 'fr-FR' : 'en-GB' })
    ).newPage();
    await openPanel(desk, studio.url, { pin: PINS.animator });
    await remote.ask(segment(TITLE, 'Odile', 'Marc'));
    await remote.until('the segment', ({ rundown }) => rundown.length === 1);
    const odile = await phone(browser, await sign(desk, 'Odile'), fr);
    const marc = await phone(browser, await sign(desk, 'Marc', { credit: { kind: 'none' } }), fr);
    await film(5);

    const tap = (page: Page, fran: string, engl: string) => page.getByRole('button', { name: fr ? fran : engl, exact: true }).tap();
    const heading = (page: Page) => page.getByRole('heading', { name: fr ? 'Votre clip' : 'Your clip' });
    const lead = (page: Page) => page.getByText(fr ? 'Le public ne le voit pas encore.' : 'The public does not see it yet.');
    await expect(heading(odile)).toBeVisible({ timeout: 20_000 });
    await expect(lead(odile)).toBeVisible();
    expect(await listed(desk)).toBe(0);
    // It really plays.
    const video = odile.locator('video');
    await video.evaluate((video: HTMLVideoElement) => video.play());
    await expect.poll(() => video.evaluate((video: HTMLVideoElement) => [video.videoWidth, video.currentTime > 0.5])).toEqual([640, true]);
    await video.evaluate((video: HTMLVideoElement) => video.pause());
    await look(odile, info, `asked-${language}`);
    await tap(odile, 'C’est bien', 'It’s fine');
    await expect(odile.getByText(fr ? 'Vous avez répondu : c’est bien.' : 'You said: it’s fine.')).toBeVisible();
    await expect(
      odile.getByText(fr ? 'Il manque la réponse d’une autre personne.' : 'One other person has not answered yet.'),
    ).toBeVisible();
    await look(odile, info, `fine-${language}`);

    // The other asks for less.
    await expect(heading(marc)).toBeVisible({ timeout: 20_000 });
    await tap(marc, 'Coupez le début ou la fin', 'Cut the beginning or the end');
    const propose = marc.getByRole('button', { name: fr ? 'Demander cette coupe' : 'Ask for this cut' });
    await expect(propose).toBeDisabled();
    await marc.locator('video').evaluate(async (video: HTMLVideoElement) => {
      video.currentTime = 2.2;
      await new Promise((resolve) => video.addEventListener('seeked', resolve, { once: true }));
    });
    await tap(marc, 'Commencer ici', 'Begin here');
    await expect(marc.getByText(fr ? 'de 0:02 à' : 'from 0:02 to')).toBeVisible();
    await look(marc, info, `cutting-${language}`);
    await propose.tap();
    await expect(marc.getByText(fr ? 'Vous avez demandé de couper' : 'You asked to cut it')).toBeVisible();
    await look(marc, info, `cut-${language}`);
    expect(await listed(desk)).toBe(0);

    // The desk sees who said what, looks, and confirms with one tap.
    await remote.until('the cut', ({ clips }) => clips[0]?.answers.some(({ answer }) => answer?.kind === 'cut') ?? false);
    await desk
      .getByRole('button', { name: fr ? 'Ouvrir le conducteur' : 'Open the rundown' })
      .first()
      .tap();
    await desk.getByRole('button', { name: fr ? 'On demande une coupe' : 'A cut is asked for' }).tap();
    const window = desk.getByRole('dialog', { name: TITLE });
    await expect(window.getByRole('listitem')).toHaveText([
      fr ? /Odile.*c’est bien/ : /Odile.*it’s fine/,
      fr ? /nommée.*couper : de 0:02/ : /named.*cut: from 0:02/,
    ]);
    await window.getByRole('button', { name: fr ? 'Regarder ainsi' : 'Watch it like this' }).tap();
    await expect.poll(() => window.locator('video').evaluate((video: HTMLVideoElement) => video.currentTime)).toBeGreaterThan(2);
    await desk.screenshot({ path: `${info.project.outputDir}/screens/clip-desk-${language}.png` });
    expect(await violations(desk)).toEqual([]);
    await window.getByRole('button', { name: fr ? 'Couper ainsi' : 'Cut it like this' }).tap();
    await remote.until('asked anew', ({ clips }) => clips[0]?.answers.every(({ answer }) => answer === null) ?? false);

    for (const page of [odile, marc]) {
      await expect(lead(page)).toBeVisible({ timeout: 12_000 });
      await expect.poll(() => page.locator('video').evaluate((video: HTMLVideoElement) => video.duration)).toBeLessThan(4.5);
      await tap(page, 'C’est bien', 'It’s fine');
      await expect(lead(page)).toBeHidden();
    }
    await expect(marc.getByText(fr ? 'Le clip est public.' : 'The clip is public.')).toBeVisible({ timeout: 12_000 });
    await expect(marc.getByRole('link', { name: fr ? 'Voir le clip' : 'See the clip' })).toBeVisible();
    await look(marc, info, `public-${language}`);
    expect(await listed(desk)).toBe(1);
    await desk.screenshot({ path: `${info.project.outputDir}/screens/clip-desk-public-${language}.png` });

    // And takes it all back.
    await tap(marc, 'Changer ma réponse', 'Change my answer');
    await tap(marc, 'Finalement, pas moi', 'Not me after all');
    await look(marc, info, `not-me-${language}`);
    await tap(marc, 'Oui, retirer mon accord', 'Yes, withdraw my agreement');
    await expect(heading(marc)).toBeHidden();
    expect(await listed(desk)).toBe(0);
    await expect(heading(odile)).toBeHidden({ timeout: 12_000 });
    await look(odile, info, `gone-${language}`);
    for (const page of [odile, marc, desk]) await page.context().close();
  });

test('a child’s guardians say so as well', async ({ browser }, info) => {
  const desk = await (await browser.newContext({ locale: 'fr-FR' })).newPage();
  await openPanel(desk, studio.url, { pin: PINS.animator });
  await remote.ask(segment(TITLE, 'Lou'));
  await remote.until('the segment', ({ rundown }) => rundown.length === 1);
  const guardians = ['Anne Petit', 'Paul Petit'].map((name) => ({ name, typed: true }));
  const lou = await phone(browser, await sign(desk, 'Lou', { minor: true, birth_date: '2016-05-04', guardians }), true);
  await film(1);
  await expect(lou.getByRole('heading', { name: 'Votre clip' })).toBeVisible({ timeout: 20_000 });
  await lou.getByRole('button', { name: 'C’est bien' }).tap();
  await expect(lou.getByRole('alert')).toContainText('responsables légaux');
  await look(lou, info, 'child-fr');
  for (const box of await lou.getByRole('checkbox').all()) await box.check();
  await lou.getByRole('button', { name: 'C’est bien' }).tap();
  await expect(lou.getByText('Vous avez répondu : c’est bien.')).toBeVisible();
  await lou.context().close();
  await desk.context().close();
});
