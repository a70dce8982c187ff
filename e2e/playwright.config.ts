import {defineConfig} from '@playwright/test';
import {launchOptions} from '../scripts/browser.mjs';

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  globalSetup: './setup/global-setup.config.ts',
  fullyParallel: true,
  // A browser, a server and a model's worker each: two at once fill two cores.
  workers: 2,
  timeout: 60_000,
  expect: {timeout: 20_000},
  reporter: 'list',
  use: {browserName: 'chromium', launchOptions: launchOptions(), testIdAttribute: 'data-testid', trace: 'off'},
});
