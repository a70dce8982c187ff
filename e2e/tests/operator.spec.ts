import type {KedgeServer} from '../fixtures/kedge-server.js';
import type {DemoPage} from '../fixtures/demo-page.js';
import {runCli} from '../fixtures/run-cli.js';
import {expect, test} from '../fixtures/test.js';
import {unitIn} from '../fixtures/units.js';

/** What a page that is up shows at once, or not at this visit; in milliseconds. */
const timeout = 500;

interface Edited {
  before: {version: number};
  release: {version: number; models: {digits: {champion: string; enabled: boolean}}; experiments: {status: string}[]};
}

async function release(server: KedgeServer, ...args: string[]): Promise<Edited> {
  const place = ['--registry', server.registry, '--key', server.privateKeyFile, '--json'];
  const {code, stdout, stderr} = await runCli(['release', ...args, ...place]);
  expect([code, stderr]).toEqual([0, '']);
  const edited = JSON.parse(stdout) as Edited;
  expect(edited.release.version).toBe(edited.before.version + 1);
  return edited;
}

/** A stored release serves at once, and the newer one from the next visit at the latest. */
async function expectAtNextVisits(demo: DemoPage, check: () => Promise<void>): Promise<void> {
  await expect(async () => {
    await demo.page.reload();
    await expect(demo.get('app')).toHaveAttribute('data-state', /ready|disabled|failed/);
    await check();
  }).toPass();
}

test('the kill switch: the baseline answers until the model is on again', async ({demo, server}) => {
  await demo.open();
  await demo.getModel();
  await demo.predictTestDigit();

  await release(server, 'kill', 'digits');
  await expectAtNextVisits(demo, async () => {
    await expect(demo.get('app')).toHaveAttribute('data-state', 'disabled', {timeout});
  });
  await expect(demo.get('source')).toContainText('baseline');
  await expect(demo.get('reason')).toHaveText('model_disabled');
  await demo.get('test-digit').click();
  await expect(demo.get('result-digit')).toHaveText('?');
  await expect(demo.get('score-0')).toHaveAttribute('data-score', /^0\.1/);

  await release(server, 'enable', 'digits');
  await expectAtNextVisits(demo, async () => {
    await expect(demo.get('app')).toHaveAttribute('data-state', 'ready', {timeout});
    await expect(demo.get('source')).toContainText('model', {timeout});
  });
  await demo.predictTestDigit();
});

test('promote, then roll back: everybody gets the version, the experiment ends', async ({demo, server}) => {
  await demo.open({unit: await unitIn(server.registry, 'champion')});
  await demo.getModel();
  await expect(demo.get('version')).toHaveText('1.0.0');

  const promoted = await release(server, 'promote', 'digits-cnn', 'challenger');
  expect(promoted.release.models.digits.champion).toBe('1.1.0');
  expect(promoted.release.experiments.map(({status}) => status)).toEqual(['stopped']);
  await expectAtNextVisits(demo, () => expect(demo.get('version')).toHaveText('1.1.0', {timeout}));
  await expect(demo.get('arm')).toHaveText('in no experiment');

  const back = await release(server, 'rollback', 'digits');
  expect(back.release.models.digits.champion).toBe('1.0.0');
  await expectAtNextVisits(demo, () => expect(demo.get('version')).toHaveText('1.0.0', {timeout}));
  await expect(demo.get('source')).toContainText('(model)');
  await demo.predictTestDigit();
});

test('an operator who mistypes changes nothing', async ({server}) => {
  const place = ['--registry', server.registry, '--key', server.privateKeyFile];
  const before = await runCli(['release', 'show', '--registry', server.registry, '--json']);
  const mistyped = await runCli(['release', 'kill', 'digit', ...place]);
  expect(mistyped.code).not.toBe(0);
  expect(mistyped.stderr).toMatch(/digit\b.*digits/s);
  expect((await runCli(['release', 'show', '--registry', server.registry, '--json'])).stdout).toBe(before.stdout);
});
