import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

import { fakeStudio } from './dev/plugin.ts';

// One HTML file for each page; a new page is one line here. PLATEAU_URL develops against a running
// studio, without it `npm run dev` brings a fake one (dev/), which is never part of the build.
const pages = ['panel', 'participate', 'clock', 'report'];
const real = process.env.PLATEAU_URL;

export default defineConfig({
  plugins: [svelte(), ...(real ? [] : [fakeStudio()])],
  build: {
    target: 'es2022',
    // The studio's policy loads nothing from data: addresses.
    assetsInlineLimit: 0,
    rollupOptions: { input: pages.map((page) => `${page}.html`) },
  },
  server: {
    proxy: real ? { '/api': { target: real, ws: true, secure: false }, '/healthz': { target: real, secure: false } } : {},
  },
  test: { include: ['src/**/*.test.ts'] },
});
