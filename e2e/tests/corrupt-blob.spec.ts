import {copyFile} from 'node:fs/promises';
import {join} from 'node:path';
import {findVersion} from '@kedge/cli';
import {readDeviceStore} from '../fixtures/device-store.js';
import {flipByte} from '../fixtures/registry-faults.js';
import {armOf} from '../fixtures/report.js';
import {expect, test} from '../fixtures/test.js';
import {unitIn} from '../fixtures/units.js';
import {preparedPaths} from '../setup/prepared.js';

test('a flipped byte is refused and told, stored nowhere, and the old version goes on serving', async ({
  demo,
  page,
  server,
}) => {
  const [champion, challenger] = [
    await unitIn(server.registry, 'champion'),
    await unitIn(server.registry, 'challenger'),
  ];
  const {manifest} = await findVersion(server.registry, 'digits@1.1.0');
  const blob = await flipByte(server.registry, 'digits@1.1.0');
  await page.goto('/');
  await page.evaluate(id => localStorage.setItem('kedge-demo-unit', id), champion);
  await page.reload();
  await demo.getModel();
  await expect(demo.get('version')).toHaveText('1.0.0');

  await page.evaluate(id => localStorage.setItem('kedge-demo-unit', id), challenger);
  await page.reload();
  await expect(demo.get('notice')).toHaveAttribute('data-code', 'artifact_corrupt');
  await expect(demo.get('notice-detail')).toContainText(blob);
  await expect(demo.get('version')).toHaveText('1.0.0');
  await expect(demo.get('source')).toContainText('previous');
  const {digit, label} = await demo.predictTestDigit();
  expect(digit).toBeGreaterThanOrEqual(0);
  await demo.tellTruth(digit, label);
  await demo.get('flush').click();

  // Told in the arm that it happened to, though another version answered.
  await expect
    .poll(() => armOf(server, 'challenger'))
    .toMatchObject({
      units: {assigned: 1, ready: 0, served: 1, labelled: 1},
      sources: {previous: 1},
      failures: [{code: 'artifact_corrupt', stage: 'integrity', count: 1}],
    });

  const stored = await readDeviceStore(page);
  expect(stored.chunks.map(({name}) => name)).toEqual(stored.chunks.map(({sha256}) => sha256));
  const whole = stored.catalog.filter(({state}) => state !== 'downloading' && state !== 'failed');
  expect(whole.map(({version}) => version)).toEqual(['1.0.0']);
  const complete = new Set(stored.chunks.map(({name}) => name));
  const {chunks} = manifest.artifacts.find(({sha256}) => sha256 === blob)!;
  expect(chunks.every(({sha256}) => complete.has(sha256))).toBe(false);

  // The registry is mended: the same device installs it with no help.
  await copyFile(join(preparedPaths().registry, 'blobs', blob), join(server.registry, 'blobs', blob));
  await demo.get('retry').click();
  await expect(demo.get('version')).toHaveText('1.1.0');
  await expect(demo.get('notice')).toBeHidden();
});
