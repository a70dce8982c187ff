import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {makeRegistry} from '../faults/world/registry.mjs';
import {World} from '../faults/world/world.mjs';
import {buildPages} from './stage.mjs';

/**
 * A registry of these models and the benches' pages; each world is an origin with nothing stored, behind a line of its own.
 *
 * @param {readonly import('../faults/world/registry.mjs').Planned[]} plan
 */
export async function throttledStage(plan) {
  const folder = mkdtempSync(join(tmpdir(), 'kedge-bench-'));
  const registry = await makeRegistry(folder, plan);
  const site = join(folder, 'site');
  await buildPages(site, ['install']);
  return {
    registry,
    /** @param {number} bytesPerSecond */
    async world(bytesPerSecond) {
      // Nothing of a browser is asked through it here: the bench drives its own.
      const world = await World.open({driver: /** @type {any} */ (undefined), registry, site});
      world.server.line.bytesPerSecond = bytesPerSecond;
      world.server.blobCache = 'no-store';
      return world;
    },
    close: () => rmSync(folder, {recursive: true, force: true}),
  };
}
