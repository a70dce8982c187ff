import {defineConfig} from '@playwright/test';
import {launchOptions} from '../scripts/browser.mjs';

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  globalSetup: './setup/global-setup.config.ts',
  fullyParallel: true,
  // A browser, a server and a model's worker each: two at once fill two cores.
  workers: 2,
  // Far more than any test needs, for a machine that does other things too: a start on a GPU in software compiles for a minute
  // there, which is never a reason to fail. What must be fast is a row of the benches, as a ratio.
  timeout: 240_000,
  expect: {timeout: 60_000},
  reporter: 'list',
  use: {browserName: 'chromium', launchOptions: launchOptions(), testIdAttribute: 'data-testid', trace: 'off'},
});
