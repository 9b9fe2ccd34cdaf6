import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds wrong, in a line each. */
export async function violations(page: Page): Promise<string[]> {
  // As the console would: the page's own policy allows no foreign script.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const run = (globalThis as unknown as { axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> } }).axe;
    const { violations } = await run.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 140)} ${failureSummary.slice(0, 300)}`));
  });
}

/** Buttons too small for a finger, and whatever is wider than the window. */
export async function misfits(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const wrong: string[] = [];
    const name = (element: Element) => `${element.tagName} “${(element.textContent ?? '').trim().slice(0, 30)}”`;
    for (const element of document.querySelectorAll('button, a, input, label')) {
      const box = element.getBoundingClientRect();
      if (box.width === 0 || !element.checkVisibility({ opacityProperty: true })) continue;
      if (box.left < -1 || box.right > innerWidth + 1) wrong.push(`outside the window: ${name(element)} ${box.left}–${box.right}`);
      if (element.matches('button, a') && (box.width < 47.5 || box.height < 47.5)) wrong.push(`small target: ${name(element)} ${box.width}×${box.height}`);
    }
    if (document.documentElement.scrollWidth > innerWidth + 1) wrong.push('the page is wider than the window');
    return wrong;
  });
}
