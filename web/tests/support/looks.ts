import type { Page } from '@playwright/test';

/** Buttons too small for a finger, and whatever is wider than the window. */
export async function misfits(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const wrong: string[] = [];
    const name = (element: Element) => `${element.tagName} “${(element.textContent ?? '').trim().slice(0, 30)}”`;
    for (const element of document.querySelectorAll('button, a, input, label')) {
      const box = element.getBoundingClientRect();
      if (box.width === 0 || !element.checkVisibility({ opacityProperty: true })) continue;
      if (box.left < -1 || box.right > innerWidth + 1) wrong.push(`outside the window: ${name(element)} ${box.left}–${box.right}`);
      if (element.matches('button, a') && (box.width < 47.5 || box.height < 47.5))
        wrong.push(`small target: ${name(element)} ${box.width}×${box.height}`);
    }
    if (document.documentElement.scrollWidth > innerWidth + 1) wrong.push('the page is wider than the window');
    return wrong;
  });
}
