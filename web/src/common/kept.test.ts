import { expect, test } from 'vitest';

import { KEPT } from './kept';

/** Every source of the pages, by its path from here. */
const SOURCES = import.meta.glob<string>('../**/*.{ts,svelte}', { query: '?raw', import: 'default', eager: true });
const STORES = /localStorage|sessionStorage|indexedDB|document\.cookie|cookieStore|\bcaches\b|showSaveFilePicker|storage\.getDirectory/;

test('nothing but kept.ts stores on the device', () => {
  expect(Object.keys(SOURCES).length).toBeGreaterThan(50);
  const storing = Object.entries(SOURCES).flatMap(([name, text]) => (STORES.test(text) ? [name] : []));
  expect(storing).toEqual(['./kept.ts']);
});

test('a page that keeps a person’s link, or has it in its address, can forget it', () => {
  const persons = Object.entries(KEPT).flatMap(([key, { of }]) => (of === 'person' ? [key] : []));
  const holds = (text: string) => text.includes('location.hash') || persons.some((key) => text.includes(`keep('${key}'`));
  const texts = (page: string) => Object.entries(SOURCES).flatMap(([name, text]) => (name.startsWith(`../${page}/`) ? [text] : []));
  const pages = new Set(Object.keys(SOURCES).flatMap((name) => /^\.\.\/([^/]+)\//.exec(name)?.[1] ?? []));
  const holding = [...pages].filter((page) => texts(page).some(holds));
  expect(holding).toEqual(['camera', 'mine', 'participate']);
  expect(holding.filter((page) => !texts(page).some((text) => text.includes('<Forget')))).toEqual([]);
});
