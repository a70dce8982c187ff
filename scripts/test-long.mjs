import {runTool} from './run.mjs';
import {setup} from './setup.mjs';

/** The journeys marked `@long`: each takes more than a minute, and `npm test` has a shorter one of its kind. */
async function main() {
  await setup();
  // Imported late: it asks Playwright, which setup installs.
  const {ensureChromium} = await import('./browser.mjs');
  await ensureChromium();
  const args = ['test', '--config', 'e2e/playwright.config.ts', '--grep', '@long', '--reporter=list'];
  process.exitCode = await runTool('@playwright/test/cli.js', args);
}

await main().catch(error => {
  console.error(`npm run test:long: ${error.message}`);
  process.exitCode = 1;
});
