import {readRelease} from '@kedge/cli';
import {assign} from '@kedge/core';
import {DemoPage} from '../fixtures/demo-page.js';
import {experimentOf} from '../fixtures/report.js';
import {expect, test} from '../fixtures/test.js';

/** By arm, as the release lists them. */
const versions: Record<string, string> = {champion: '1.0.0', challenger: '1.1.0', 'challenger-tfjs': '1.2.0'};

test('all arms appear, each unit in the arm that the release gives it', async ({page, server}) => {
  const release = (await readRelease(server.registry, 'prod', []))!;
  const ids = Array.from({length: 60}, (_, i) => `visitor-${i} ✓`);
  const expected = ids.map(id => assign(release, 'digits', {id, attributes: {}}).experiment && armOf(release, id));
  expect(new Set(expected)).toEqual(new Set(Object.keys(versions)));

  await page.goto('/e2e/');
  const got = await page.evaluate(async ids => {
    const kedge = await window.openKedge();
    const served = [];
    for (const id of ids) served.push((await kedge.forUnit(id).model('digits')).served);
    await kedge.flush();
    await kedge.close();
    return served;
  }, ids);
  expect(got.map(({variant}) => variant)).toEqual(expected);
  expect(got.map(({version}) => version)).toEqual(expected.map(arm => versions[String(arm)]));

  const report = await experimentOf(server);
  const counts = Object.keys(versions).map(arm => expected.filter(found => found === arm).length);
  expect(report?.arms.map(({units}) => units.assigned)).toEqual(counts);
  expect(report?.multipleArms).toBe(0);
});

function armOf(release: Parameters<typeof assign>[0], id: string): string {
  const assignment = assign(release, 'digits', {id, attributes: {}});
  if (!assignment.experiment) throw new Error(`${id} is in no arm: ${assignment.reason}`);
  return assignment.arm.key;
}

test('one unit keeps its arm over reloads, and another may get another', async ({demo, server, context}) => {
  await demo.open();
  await demo.getModel();
  const arm = await demo.arm();
  for (let reload = 0; reload < 2; reload++) {
    await demo.page.reload();
    await demo.expectState('ready');
    expect(await demo.arm()).toBe(arm);
  }
  const second = new DemoPage(await context.newPage());
  await second.open();
  await second.expectState('ready');
  expect(await second.arm()).toBe(arm);
  await second.page.close();

  await expect(async () => {
    await demo.get('new-unit').click();
    await demo.expectState('ready');
    expect(await demo.arm()).not.toBe(arm);
  }).toPass();
  await demo.get('flush').click();
  await expect
    .poll(async () => (await experimentOf(server))?.arms.filter(({units}) => units.assigned > 0).length)
    .toBeGreaterThan(1);
  expect((await experimentOf(server))?.multipleArms).toBe(0);
});
