import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { violations } from './support/axe.ts';
import { expect, PINS, test } from './support/test.ts';

const dist = join(import.meta.dirname, '../dist');

test.beforeEach(async ({ remote }) => {
  await remote.ask({ command: 'output_start', output: 'page' });
  await remote.until('the live page', ({ outputs }) => outputs.page?.status === 'live', 15_000);
});

test('a viewer follows, by the date of the picture that is shown', async ({ page, studio }) => {
  await page.goto(`${studio.url}/`);
  const video = page.locator('video');
  await expect(page.getByText('EN DIRECT')).toBeVisible();
  const time = () => video.evaluate((element: HTMLVideoElement) => element.currentTime);
  await expect.poll(time, { timeout: 30_000 }).toBeGreaterThan(3);
  const behind = async () => Number(await video.getAttribute('data-behind'));
  expect(await behind()).toBeGreaterThan(0);
  // How far exactly is measured by `npm run figures`; the page itself asks to catch up above this.
  await expect.poll(behind).toBeLessThan(12_000);
  const before = await time();
  await expect.poll(time).toBeGreaterThan(before + 2);
});

test('a viewer goes on where somebody withdraws while they are on air', async ({ page, studio, remote, request }) => {
  const post = async (path: string, token: string, data: object) => {
    const answer = await request.post(`${studio.url}/api/participate/${path}`, { data, headers: { Authorization: `Bearer ${token}` } });
    return (await answer.json()) as { token: string; segment: string; hash: string };
  };
  const proposed = await post('propose', '', { title: 'Les ruches', names: ['Odile'] });
  const change = { title: null, participants: null, summary: null, needs: null, language: null, planned_seconds: null };
  const rest = { day: null, fixed_at: null, private: null };
  await remote.ask({ command: 'segment_update', segment: proposed.segment, state: 'ready', ...change, ...rest });
  const { hash } = (await (await request.get(`${studio.url}/api/participate/terms?language=fr`)).json()) as { hash: string };
  const points = ['recorded', 'live', 'archived'];
  const signature = { name: 'Odile', typed: true };
  const { token } = await post('sign', proposed.token, { language: 'fr', hash, points, credit: { kind: 'none' }, signature });
  await remote.ask({ command: 'segment_start', segment: proposed.segment, private: null, reason: null });

  await page.goto(`${studio.url}/`);
  const video = page.locator('video');
  const time = () => video.evaluate((element: HTMLVideoElement) => element.currentTime);
  const behind = async () => Number(await video.getAttribute('data-behind'));
  await expect.poll(time, { timeout: 30_000 }).toBeGreaterThan(3);
  await post('withdraw', token, { points });
  const before = await time();
  await remote.until('the slate', ({ slate }) => slate);
  // A segment of two seconds at most is missing; then comes the slate, and the player is where it was.
  await expect.poll(time, { timeout: 20_000 }).toBeGreaterThan(before + 8);
  await expect.poll(behind).toBeLessThan(12_000);
});

test('a question from a phone is on the picture after a person said so', async ({ page, studio, remote }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${studio.url}/`);
  await page.getByLabel('Votre prénom').fill('Lucie <b>');
  await page.getByLabel('Votre question').fill('Faut-il nourrir les abeilles en hiver ?');
  await page.getByRole('button', { name: 'Envoyer' }).tap();
  await expect(page.getByText('Merci !')).toBeVisible();
  await remote.until('the question', ({ questions }) => questions.some(({ name }) => name === 'Lucie <b>'));
  const { id } = remote.state.questions.find(({ name }) => name === 'Lucie <b>')!;

  // The moderator's tablet.
  const desk = await page
    .context()
    .browser()!
    .newPage({ viewport: { width: 1180, height: 820 }, hasTouch: true, locale: 'fr-FR' });
  await desk.addInitScript(() => localStorage.setItem('plateau.tour', 'seen'));
  await desk.request.post(`${studio.url}/api/login`, { data: { pin: PINS.moderator } });
  await desk.goto(`${studio.url}/panel`);
  await desk.getByRole('button', { name: /^Garder : Lucie/ }).tap();
  await remote.until('it kept', ({ questions }) => questions.find((q) => q.id === id)?.state === 'accepted');
  await desk.getByRole('button', { name: /^File/ }).tap();
  await desk.getByRole('button', { name: /^À l’écran : Lucie/ }).tap();
  await remote.until('its card', ({ titles }) =>
    titles.some(({ template, fields }) => template === 'comment' && fields.name === 'Lucie <b>'),
  );
  await expect(page.getByLabel('À l’écran').getByText('Faut-il nourrir les abeilles en hiver ?')).toBeVisible();
  await desk.screenshot({ path: 'test-results/moderation.png' });
  await desk.getByRole('button', { name: 'Retirer de l’écran' }).tap();
  await remote.until('no card', ({ titles }) => titles.length === 0);
  await desk.close();
});

test('applause is counted, and so is the page', async ({ page, studio, remote }) => {
  await page.goto(`${studio.url}/`);
  const clap = page.getByRole('button', { name: 'Applaudir' });
  for (let n = 0; n < 3; n++) await clap.tap();
  await remote.until('the applause', ({ audience }) => audience.applause >= 3 && audience.viewers >= 1);
});

test('the page is light before its player, speaks two languages and is accessible', async ({ page, studio }) => {
  const html = readFileSync(join(dist, 'watch.html'), 'utf8');
  const first = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, name]) => name!);
  const bytes = html.length + first.reduce((sum, name) => sum + readFileSync(join(dist, name)).length, 0);
  console.log(`${Math.round(bytes / 1000)} kB before the player`);
  expect(bytes).toBeLessThan(150_000);

  await page.setViewportSize({ width: 390, height: 844 });
  const errors: string[] = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.goto(`${studio.url}/`);
  await expect(page.getByRole('heading', { name: 'Fête du Miel' })).toBeVisible();
  await expect(page.getByText('EN DIRECT')).toBeVisible();
  await page.waitForTimeout(3000);
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: 'test-results/watch-fr.png', fullPage: true });
  await page.getByRole('button', { name: 'English' }).tap();
  await expect(page.getByRole('button', { name: 'Applaud', exact: true })).toBeVisible();
  await page.screenshot({ path: 'test-results/watch-en.png', fullPage: true });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await page.setViewportSize({ width: 1180, height: 820 });
  await page.screenshot({ path: 'test-results/watch-tablet.png', fullPage: true });
  expect(errors).toEqual([]);
});

test('without a script there still is a video and a way on', async ({ browser, studio }) => {
  const page = await browser.newPage({ javaScriptEnabled: false });
  await page.goto(`${studio.url}/`);
  await expect(page.locator('video[src="/live/index.m3u8"]')).toBeVisible();
  await expect(page.getByRole('link', { name: 'ici' })).toBeVisible();
  await page.close();
});

test('another site may show the player, and only the player', async ({ request, studio }) => {
  const policy = async (path: string) => (await request.get(`${studio.url}${path}`)).headers()['content-security-policy'];
  expect(await policy('/embed')).toContain('frame-ancestors *');
  expect(await policy('/')).toContain("frame-ancestors 'none'");
});
