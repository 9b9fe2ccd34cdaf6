import { expect, test } from 'vitest';

import { drag, type Grip } from './drag';
import { fromTemplate, sceneId, templateNames } from './templates';

test('a layer never leaves the frame, whatever the finger does', () => {
  const start = { x: 0.3, y: 0.2, width: 0.4, height: 0.5 };
  for (const grip of ['move', 'nw', 'ne', 'sw', 'se'] as Grip[])
    for (const dx of [-3, -0.31, -0.02, 0, 0.07, 0.3, 3])
      for (const dy of [-3, -0.2, 0.01, 0.3, 3]) {
        const box = drag(start, grip, dx, dy);
        expect(box.x).toBeGreaterThanOrEqual(0);
        expect(box.y).toBeGreaterThanOrEqual(0);
        expect(box.x + box.width).toBeLessThanOrEqual(1.0001);
        expect(box.y + box.height).toBeLessThanOrEqual(1.0001);
        expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(0.0799);
      }
});

test('edges snap to the frame’s middle and to the other layers', () => {
  expect(drag({ x: 0.1, y: 0, width: 0.2, height: 1 }, 'move', 0.395, 0).x).toBe(0.5);
  expect(drag({ x: 0, y: 0, width: 0.5, height: 0.5 }, 'se', 0.1, 0.1, [{ x: 0.61, y: 0, width: 0.2, height: 1 }]).width).toBe(0.61);
});

test('templates keep the sources in use and stay inside the frame', () => {
  for (const name of templateNames) {
    const layers = fromTemplate(name, fromTemplate('full', [], ['b']), ['a', 'b', 'c']);
    expect(layers[0]?.source).toBe('b');
    for (const { x, y, width, height } of layers) expect(Math.max(x + width, y + height)).toBeLessThanOrEqual(1);
  }
});

test('ids are of the studio’s form and unique', () => {
  expect(sceneId('Été à la médiathèque !', [])).toBe('ete-a-la-mediatheque');
  expect(sceneId('Duo', ['duo', 'duo-2'])).toBe('duo-3');
  expect(sceneId('日本', [])).toBe('scene');
  expect(sceneId('x'.repeat(90), ['x'.repeat(28)])).toMatch(/^[a-z0-9_-]{1,32}$/);
});
