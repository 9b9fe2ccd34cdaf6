import { defineConfig } from '@playwright/test';

// Against the real studio (PLATEAU_BIN, or the debug build beside) with its test sources, in Debian's
// Chromium. One worker: a studio and a browser fill a small machine.
export default defineConfig({
  testDir: 'tests',
  // The README's pictures are made, and what people wait for is measured, not tested: `npm run pictures`,
  // `npm run figures`.
  testIgnore: [...(process.env.PICTURES ? [] : ['**/pictures/**']), ...(process.env.FIGURES ? [] : ['**/figures/**'])],
  timeout: 120_000,
  expect: { timeout: 8_000 },
  workers: 1,
  fullyParallel: false,
  forbidOnly: !!process.env.CI,
  reporter: [['list']],
  use: {
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--autoplay-policy=no-user-gesture-required'],
    },
    locale: 'fr-FR',
    viewport: { width: 1180, height: 820 },
    hasTouch: true,
    actionTimeout: 20_000,
    screenshot: 'only-on-failure',
    // A trace films every page, which takes half of a small machine: `TRACE=1 npm test` when one is wanted.
    trace: process.env.TRACE ? 'retain-on-failure' : 'off',
  },
});
