import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {prepareRegistry} from '../../scripts/registry.mjs';
import {setup} from '../../scripts/setup.mjs';
import {buildDemo, writeSite} from '../../scripts/site.mjs';
import {buildPages} from './build-pages.js';
import {preparedFolder, preparedPaths, writeKey} from './prepared.js';

/** Builds what is not built, and packs and signs one registry for the whole run; each test gets its own copy. */
export default async function globalSetup(): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'kedge-e2e-'));
  process.env[preparedFolder] = folder;
  await setup();
  await buildDemo();
  const {registry, keys, site} = preparedPaths();
  const {publicKey} = await prepareRegistry({registry, keys});
  writeSite(site, {channel: 'prod', trustedKeys: [publicKey], writeKey});
  await buildPages(join(site, 'e2e'));
  return () => rmSync(folder, {recursive: true, force: true});
}
