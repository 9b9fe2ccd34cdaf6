import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// One HTML file for each page; a new page is one line here. `npm run dev` develops against a running
// studio: PLATEAU_URL, or the one that `plateau run` starts on this machine.
const pages = ['panel', 'participate', 'clock', 'report', 'camera', 'booth', 'mine', 'watch'];
const studio = { target: process.env.PLATEAU_URL ?? 'http://127.0.0.1:8080', secure: false };

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: 'es2022',
    // The studio's policy loads nothing from data: addresses.
    assetsInlineLimit: 0,
    rolldownOptions: { input: pages.map((page) => `${page}.html`) },
  },
  server: { proxy: { '/api': { ...studio, ws: true }, '/healthz': studio, '/live': studio } },
  test: { include: ['src/**/*.test.ts'] },
});
