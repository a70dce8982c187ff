import {join} from 'node:path';

/** The environment variable that names the run's folder, for Playwright's worker processes. */
export const preparedFolder = 'KEDGE_E2E_FOLDER';

/** What the built page sends events with. */
export const writeKey = 'end-to-end';

/** Where the run's registry, keys and site lie. @throws Error outside a run */
export function preparedPaths(): {registry: string; keys: string; site: string} {
  const folder = process.env[preparedFolder];
  if (!folder) throw new Error('nothing is prepared; run: npx playwright test -c e2e/playwright.config.ts');
  return {registry: join(folder, 'registry'), keys: join(folder, 'keys'), site: join(folder, 'site')};
}
