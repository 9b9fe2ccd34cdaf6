import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, type BrowserContext, type Page } from '@playwright/test';

import type { State } from '../src/protocol.ts';

import { FAKE_DEVICES, House } from './support/phones.ts';
import { segment } from './support/segment.ts';
import { PINS } from './support/studio.ts';
import { openPanel } from './support/test.ts';
import { Wire } from './support/wire.ts';

// Chromium's own fake camera and microphone, as real phones would be: over WebRTC, into the real studio.
test.use({
  launchOptions: FAKE_DEVICES,
  viewport: { width: 390, height: 844 },
});

let house: House;
test.beforeAll(async () => void (house = await House.open()));
test.afterAll(async () => house.close());

async function phone(context: BrowserContext, slot: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(await house.link(slot));
  await page.getByRole('button', { name: 'Commencer à filmer' }).tap();
  await house.remote.until(`${slot} live`, ({ sources }) => sources[slot]?.status === 'live', 10_000);
  return page;
}

test('two phones at once; one is killed on air and comes back to its place', async ({ browser }) => {
  const contexts = [await browser.newContext({ hasTouch: true }), await browser.newContext({ hasTouch: true })];
  const first = await phone(contexts[0]!, 'phone1');
  const second = await phone(contexts[1]!, 'phone2');
  await expect(first.getByText('HORS ANTENNE')).toBeVisible();

  await house.remote.ask({ command: 'take', scene: 'phone1', transition: { kind: 'cut', duration_ms: 300 } });
  await expect(first.getByText('À L’ANTENNE')).toBeVisible();
  await expect(second.getByText('HORS ANTENNE')).toBeVisible();
  await house.remote.ask({ command: 'preview', scene: 'phone2' });
  await expect(second.getByText('PRÊT')).toBeVisible();

  const link = first.url();
  await first.close();
  const gone = await house.remote.until('the loss noticed', ({ sources }) => sources['phone1']?.status === 'lost', 4000);
  expect(gone).toBeLessThan(1500);
  expect(house.remote.state.sources['phone2']?.status).toBe('live');

  const back = await contexts[0]!.newPage();
  await back.goto(link);
  await back.getByRole('button', { name: 'Commencer à filmer' }).tap();
  const took = await house.remote.until('back', ({ sources }) => sources['phone1']?.status === 'live', 6000);
  expect(took).toBeLessThan(2500);
  await expect(back.getByText('À L’ANTENNE')).toBeVisible();

  // A page that is reloaded while it films goes on by itself.
  await back.reload();
  await house.remote.until('lost by the reload', ({ sources }) => sources['phone1']?.status !== 'live', 4000);
  await house.remote.until('back by itself', ({ sources }) => sources['phone1']?.status === 'live', 6000);

  await second.getByRole('button', { name: 'Arrêter' }).tap();
  await house.remote.until('off', ({ sources }) => sources['phone2']?.status === 'off', 3000);
  await expect(second.getByText('Votre image n’est plus envoyée.')).toBeVisible();
  await Promise.all(contexts.map((context) => context.close()));
  await house.remote.ask({ command: 'take', scene: 'cam1', transition: { kind: 'cut', duration_ms: 300 } });
});

test('a participant’s phone bears the name they chose, and leaves within two seconds when they withdraw', async ({ browser }, info) => {
  await house.remote.ask(segment('Les abeilles', 'Ouardia Haddad'));
  const person = house.remote.state.rundown.at(-1)?.participants[0]?.id ?? '';
  const { url } = await house.desk<{ url: string }>('POST', `/api/people/${person}/link`);
  const own = async <T>(path: string, token: string, json: unknown): Promise<T> => {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
    const answer = await fetch(`${house.url}/api/participate/${path}`, { method: 'POST', headers, body: JSON.stringify(json) });
    expect(answer.ok, await answer.clone().text()).toBe(true);
    return (await answer.json()) as T;
  };
  const { hash } = (await (await fetch(`${house.url}/api/participate/terms?language=fr`)).json()) as { hash: string };
  const { token } = await own<{ token: string }>('sign', url.split('#')[1] ?? '', {
    ...{ language: 'fr', hash, points: ['recorded', 'live'], credit: { kind: 'name', name: 'Ode' } },
    signature: { name: 'Ouardia Haddad', typed: true },
  });
  const context = await browser.newContext({ hasTouch: true });
  const camera = await context.newPage();
  await camera.goto(`${house.url}/camera#${token}`);
  await camera.getByRole('button', { name: 'Commencer à filmer' }).tap();
  // The other test may have left a phone's place waiting for it.
  const itsSlot = ({ sources }: State) =>
    Object.entries(sources).find(([, { holder, status }]) => holder?.name === 'Ode' && status === 'live');
  await house.remote.until('live', (state) => itsSlot(state) !== undefined, 10_000);
  const [slot, { label }] = itsSlot(house.remote.state) ?? ['', { label: '' }];
  await house.remote.ask({ command: 'segment_start', segment: null, private: null, reason: null });
  await house.remote.ask({ command: 'take', scene: slot, transition: { kind: 'cut', duration_ms: 300 } });
  await expect(camera.getByText('À L’ANTENNE')).toBeVisible();

  for (const viewport of [
    { width: 1180, height: 820 },
    { width: 1024, height: 768 },
  ]) {
    const desk = await (await browser.newContext({ viewport })).newPage();
    await openPanel(desk, house.url, { pin: PINS.animator });
    const tile = desk.locator('.tile').filter({ hasText: label });
    await expect(tile).toContainText('Ode');
    await expect(tile).not.toContainText('Ouardia');
    await desk.screenshot({ path: `${info.project.outputDir}/screens/phone-holder-${viewport.width}.png` });
    await desk.context().close();
  }

  const withdrawn = performance.now();
  await own('withdraw', token, { points: ['recorded', 'live', 'archived'] });
  await house.remote.until('hung up', ({ sources }) => sources[slot]?.status === 'off', 2000);
  expect(performance.now() - withdrawn).toBeLessThan(2000);
  expect(house.remote.state.slate).toBe(true);
  expect(house.remote.state.sources[slot]?.holder ?? null).toBeNull();
  await context.close();
  await house.remote.ask({ command: 'segment_end' });
  await house.remote.ask({ command: 'slate', on: false });
  await house.remote.ask({ command: 'take', scene: 'cam1', transition: { kind: 'cut', duration_ms: 300 } });
});

test('the booth records a minute while its network fails twice, and what arrives is what was recorded', async ({ browser }) => {
  test.setTimeout(300_000);
  const question = (text: string) => ({ text: { fr: text, en: text }, seconds: 20 });
  await house.desk('PUT', '/api/booth/questions', [
    question('Qui êtes-vous ?'),
    question('Que savez-vous faire ?'),
    question('Et dans vingt ans ?'),
  ]);
  const wire = await Wire.to(house.url);
  const context = await browser.newContext({ hasTouch: true, viewport: { width: 1024, height: 768 } });
  const page = await context.newPage();
  await page.goto(`${wire.url}/booth`);
  await page.getByLabel('Code').fill('0000');
  await page.getByRole('button', { name: 'Ouvrir' }).tap();
  await expect(page.getByRole('alert')).not.toBeEmpty();
  await page.getByLabel('Code').fill(PINS.animator);
  await page.getByRole('button', { name: 'Ouvrir' }).tap();
  await page.getByRole('button', { name: 'Commencer' }).tap();
  // The desk's own cookie does not stay on a tablet that citizens hold.
  expect((await context.cookies()).filter(({ name }) => name === 'plateau')).toEqual([]);

  const sign = page.getByRole('button', { name: 'Je signe et je me prépare' });
  await expect(sign).toBeDisabled();
  await page.getByLabel(/^Votre prénom et votre nom/).fill('Zélie Abeille');
  await page.getByLabel('Par mon nom').check();
  await page.getByLabel(/18 ans ou plus/).check();
  await expect(sign).toBeDisabled();
  await page.getByLabel(/J’accepte d’être filmé/).check();
  await page.getByLabel(/J’accepte que ma vidéo soit publiée/).check();
  await sign.tap();
  await expect(page.getByText('Question 1 sur 3')).toBeVisible({ timeout: 10_000 });

  await page.waitForTimeout(8_000);
  wire.tear();
  await page.waitForTimeout(6_000);
  wire.silence();
  await expect(page.getByText('Réseau coupé')).toBeVisible({ timeout: 30_000 });
  await page.waitForTimeout(2_000);
  wire.restore();
  await expect(page.getByText('Réseau coupé')).toBeHidden({ timeout: 15_000 });
  await expect(page.getByText('Question 3 sur 3')).toBeVisible({ timeout: 40_000 });
  await expect(page.getByRole('heading', { name: 'Voulez-vous la garder ?' })).toBeVisible({ timeout: 60_000 });

  const recorded = await page.locator('video').getAttribute('data-sha256');
  const booth = join(house.folder, 'data', 'booth');
  const takes = readdirSync(booth).filter((name) => name.length === 32);
  expect(takes).toHaveLength(1);
  const received = readFileSync(join(booth, takes[0]!, 'recording'));
  expect(createHash('sha256').update(received).digest('hex')).toBe(recorded);
  expect(received.length).toBeGreaterThan(500_000);
  await expect.poll(() => page.locator('video').evaluate((video: HTMLVideoElement) => video.currentTime)).toBeGreaterThan(0.5);

  await page.getByRole('button', { name: 'Envoyer' }).tap();
  await expect(page.getByRole('heading', { name: 'Merci !' })).toBeVisible();
  const own = new URL((await page.getByRole('img', { name: /booth\/mine#/ }).getAttribute('alt'))!);
  const sent = async () => (await house.desk<{ stage: string }[]>('GET', '/api/booth/sent'))[0];
  await expect.poll(sent, { timeout: 120_000 }).toMatchObject({ stage: 'converted' });

  // Their own phone takes the code along, and takes the video back.
  const phone = await (await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true })).newPage();
  await phone.goto(`${house.url}${own.pathname}${own.hash}`);
  await expect(phone.getByText('Zélie Abeille')).toBeVisible();
  await phone.getByRole('button', { name: 'Retirer ma vidéo' }).tap();
  await phone.getByRole('button', { name: 'Oui, l’effacer' }).tap();
  await expect(phone.getByRole('status')).toContainText('effacée');
  await expect.poll(sent).toBeUndefined();
  expect(readdirSync(booth).filter((name) => name.length === 32)).toEqual([]);
  await phone.context().close();
  await context.close();
  wire.close();
});
