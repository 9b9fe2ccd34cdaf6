import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Browser } from '@playwright/test';

import { SMALL } from '../support/studio.ts';
import { draw, type Camera } from './drawing.ts';

const FRAMES = 50;

/** Sources by id: what people call them, what they see, how they sound. */
const cameras: Record<string, { label: string; sees: Camera; volume: number }> = {
  large: { label: 'Plan large', sees: 'wide', volume: 0.02 },
  invitee: { label: 'Invitée', sees: 'guest', volume: 0.12 },
  animatrice: { label: 'Animatrice', sees: 'host', volume: 0.05 },
  karim: { label: 'Téléphone de Karim', sees: 'phone', volume: 0.01 },
};

const full = (id: string, x: number, y: number, width: number, height: number) =>
  `{ source = "${id}", x = ${x}, y = ${y}, width = ${width}, height = ${height}, fit = "cover" }`;
const scene = (id: string, label: string, ...layers: string[]) =>
  `[[scene]]\nid = "${id}"\nlabel = "${label}"\nlayers = [ ${layers.join(', ')} ]\n`;

/** Draws the cameras' loops into `folder` and returns the configuration of a studio that shows them. */
export async function drawnStudio(browser: Browser, folder: string): Promise<string> {
  const page = await browser.newPage({ viewport: { width: 640, height: 360 } });
  for (const [id, { sees, volume }] of Object.entries(cameras)) {
    mkdirSync(join(folder, id));
    for (let i = 0; i < FRAMES; i++) {
      await page.setContent(`<body style="margin:0">${draw(sees, i / FRAMES)}</body>`);
      await page.screenshot({ path: join(folder, id, `${String(i).padStart(2, '0')}.jpg`), quality: 90, type: 'jpeg' });
    }
    const sources = join(folder, 'data', 'pipelines', 'sources');
    mkdirSync(sources, { recursive: true });
    writeFileSync(
      join(sources, `${id}.launch`),
      `multifilesrc location=${join(folder, id)}/%02d.jpg start-index=0 stop-index=${FRAMES - 1} loop=true caps=image/jpeg,framerate=25/1
! jpegdec ! identity sync=true ! queue name=video
audiotestsrc is-live=true wave=pink-noise volume=${volume} samplesperbuffer=480 ! queue name=audio
`,
    );
  }
  await page.close();
  const intro = join(folder, 'generique.mkv');
  spawnSync('ffmpeg', [
    ...[
      '-v',
      'error',
      '-f',
      'lavfi',
      '-i',
      'gradients=c0=0xe5a823:c1=0xc8553d:n=2:s=640x360:r=25:d=12',
      '-f',
      'lavfi',
      '-i',
      'sine=330:d=12',
    ],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', intro],
  ]);
  return `
[plateau]
title = "Fête du Miel"
place = "L'Aquarium, médiathèque de Mouans-Sartoux"
${SMALL}[encoder]
preset = "ultrafast"
${Object.entries(cameras)
  .map(([id, { label }]) => `[[source]]\nid = "${id}"\nlabel = "${label}"\nkind = "pipeline"\ndescription = "${id}"\n`)
  .join('')}
[[source]]
id = "generique"
label = "Générique"
kind = "media"
path = "${intro}"
${scene('duo', 'Duo', full('animatrice', 0, 0, 0.5, 1), full('invitee', 0.5, 0, 0.5, 1))}
${scene('incrustation', 'Invitée et public', full('invitee', 0, 0, 1, 1), full('karim', 0.69, 0.06, 0.27, 0.27))}
${scene('trio', 'Trio', full('large', 0, 0, 0.6, 1), full('animatrice', 0.6, 0, 0.4, 0.5), full('invitee', 0.6, 0.5, 0.4, 0.5))}
[[output]]
id = "page"
label = "Page du direct"
kind = "hls"
[[output]]
id = "log"
label = "Programme entier"
kind = "file"
path = "program.mp4"
`;
}
