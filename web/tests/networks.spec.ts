// The whole way round, from one tablet and by touch alone: out to two networks, a question in from each, one of them
// on screen. The networks are real servers, and what their viewers see is read from them and not from the studio.
import { expect, test } from '@playwright/test';

import { IrcServer, RtmpServer } from './support/networks.ts';
import { SMALL, Studio } from './support/studio.ts';
import { hold, PINS } from './support/test.ts';
import { Viewer } from './support/viewer.ts';

const KEY = 'the-key';
// A line of the card's white plate that no text reaches; the ball of the picture does not fill it.
const PLATE = { x: 0.2, y: 0.886, width: 0.3, height: 0.018 };

const destinations = ['PeerTube', 'Owncast'];
// Long enough for a card of the full width.
const chats = [
  {
    label: 'Salon des abeilles',
    channel: '#abeilles',
    nick: 'zoe',
    asks: 'Faut-il nourrir les abeilles en hiver, ou laisser assez de miel dans la ruche dès l’automne ?',
  },
  {
    label: 'Salon du vélo',
    channel: '#velo',
    nick: 'max',
    asks: 'Quand la piste le long de la route de Cannes sera-t-elle enfin continue jusqu’à la médiathèque ?',
  },
] as const;

const running: { stop(): Promise<void> }[] = [];
async function started<T extends { stop(): Promise<void> }>(starting: T | Promise<T>): Promise<T> {
  const one = await starting;
  running.push(one);
  return one;
}
test.afterAll(async () => {
  for (const one of running.reverse()) await one.stop();
});

const config = (rtmp: RtmpServer[], irc: IrcServer[]) => `
${SMALL}[encoder]
preset = "ultrafast"
bitrate_kbps = 800
[[source]]
id = "cam1"
label = "Caméra 1"
kind = "test"
pattern = "ball"
${rtmp.map(({ url }, n) => `[[output]]\nid = "out${n}"\nlabel = "${destinations[n]}"\nkind = "rtmp"\nurl = "${url}"\nkey = "${KEY}"\n`).join('')}
${chats.map(({ label, channel }, n) => `[[voices]]\nid = "chat${n}"\nlabel = "${label}"\nkind = "irc"\nserver = "${irc[n]!.url}"\nchannel = "${channel}"\n`).join('')}`;

test('live on two networks, a question from each, one on screen, all from the tablet', async ({ page, browser }) => {
  const rtmp = [await started(RtmpServer.start()), await started(RtmpServer.start())];
  const irc = [await started(IrcServer.start()), await started(IrcServer.start())];
  const studio = await started(Studio.start(() => config(rtmp, irc)));
  // They wait before the show, as people do.
  const viewers = await Promise.all(rtmp.map(({ url }) => started(new Viewer(`${url}/${KEY}`))));

  await page.goto(`${studio.url}/panel`);
  for (const digit of PINS.animator) await page.getByRole('button', { name: digit, exact: true }).tap();
  await page.getByRole('button', { name: 'Entrer' }).tap();
  await page.getByRole('button', { name: 'Passer la visite' }).tap();
  const banner = page.getByRole('banner');
  const tool = page.getByRole('tabpanel');
  const outputs = tool.getByRole('listitem').filter({ has: page.getByText('rtmp', { exact: true }) });
  await page.getByRole('tab', { name: 'Sorties' }).tap();
  await expect(banner.getByText('HORS ANTENNE')).toBeVisible();
  await expect(outputs.getByText('arrêté', { exact: true })).toHaveCount(2);

  await page.getByRole('button', { name: 'Passer à l’antenne' }).tap();
  await expect(page.getByText('Rien n’est encore parti.')).toBeVisible();
  expect(viewers.map(({ changes }) => changes)).toEqual([0, 0]);
  await expect(banner.getByText(/^ANTENNE/)).toBeVisible({ timeout: 20_000 });
  await expect(banner.getByText('2 en direct', { exact: true }).first()).toBeVisible();
  for (const label of destinations) await expect(outputs.filter({ hasText: label }).getByText('en direct', { exact: true })).toBeVisible();
  for (const viewer of viewers) {
    await expect.poll(() => viewer.changes, { timeout: 20_000 }).toBeGreaterThan(25);
    expect(viewer.brightness(PLATE)).toBeLessThan(100);
  }

  // The set's screen, for the people who will answer.
  const set = await browser.newPage({ viewport: { width: 1280, height: 720 }, locale: 'fr-FR' });
  await set.goto(`${studio.url}/clock`);
  await expect(set.getByText('À L’ANTENNE')).toBeVisible();

  const voices = page.getByRole('tab', { name: 'Voix' });
  await voices.tap();
  for (const { label } of chats) {
    const network = page.getByRole('list', { name: 'Réseaux' }).getByRole('listitem').filter({ hasText: label });
    await expect(network.getByText('en direct', { exact: true })).toBeVisible({ timeout: 15_000 });
  }
  const before = new Date();
  for (const [n, { nick, channel, asks }] of chats.entries()) await irc[n]!.say(nick, channel, asks);
  await expect(voices).toContainText('2');
  await page.getByRole('button', { name: /^À lire/ }).tap();
  const voice = (nick: string) => tool.getByRole('listitem').filter({ has: page.getByText(nick, { exact: true }) });
  for (const { label, nick, asks } of chats) {
    await expect(voice(nick).getByText(asks)).toBeInViewport();
    const times = [before, new Date()].map((at) => at.toTimeString().slice(0, 5)).join('|');
    await expect(voice(nick)).toHaveText(new RegExp(`${nick} · ${label} · (${times})`));
  }

  // Nothing of it is anywhere before somebody has read it.
  await expect(set.getByRole('listitem')).toHaveCount(0);
  for (const { nick } of chats) await page.getByRole('button', { name: `Garder : ${nick}` }).tap();
  await expect(set.getByRole('list', { name: 'Questions du public' }).getByRole('listitem')).toHaveText(
    chats.map(({ nick, asks }) => `${asks} ${nick}`),
  );
  await page.getByRole('button', { name: /^File/ }).tap();
  for (const [n, { asks }] of chats.entries()) await expect(tool.getByRole('listitem').nth(n)).toContainText(asks);
  for (const viewer of viewers) expect(viewer.brightness(PLATE)).toBeLessThan(100);

  const [first, second] = chats;
  await page.getByRole('button', { name: `À l’écran : ${first.nick}` }).tap();
  await expect(voice(first.nick).getByText('À L’ÉCRAN')).toBeVisible();
  for (const viewer of viewers) await expect.poll(() => viewer.brightness(PLATE), { timeout: 5000 }).toBeGreaterThan(222);

  await page.getByRole('button', { name: 'Retirer de l’écran' }).tap();
  for (const viewer of viewers) await expect.poll(() => viewer.brightness(PLATE), { timeout: 5000 }).toBeLessThan(100);
  await expect(set.getByRole('listitem')).toHaveText([`${second.asks} ${second.nick}`]);

  // The finger that ends it lies where the button to begin appears, and begins nothing.
  await hold(page, /^À l’antenne.*Maintenir/);
  await expect(banner.getByText('HORS ANTENNE')).toBeVisible();
  for (const viewer of viewers) await expect.poll(() => viewer.over).toBe(true);
  await expect(set.getByText('HORS ANTENNE')).toBeVisible();
  await page.getByRole('tab', { name: 'Sorties' }).tap();
  await expect(outputs.getByText('arrêté', { exact: true })).toHaveCount(2);
  await expect(page.getByText('Rien n’est encore parti.')).toBeHidden();
  await set.close();
});
