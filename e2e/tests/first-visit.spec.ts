import {armOf, experimentOf} from '../fixtures/report.js';
import {expect, test} from '../fixtures/test.js';
import {unitIn} from '../fixtures/units.js';

test('a first visit: nothing until asked, then model, prediction, label and report', async ({
  demo,
  server,
  traffic,
}) => {
  await demo.open({unit: await unitIn(server.registry, 'challenger')});
  await demo.expectState('empty');
  expect(traffic.requests.filter(({url}) => /\/blobs\/|\.wasm/.test(url))).toEqual([]);

  await demo.getModel();
  await expect(demo.get('version')).toHaveText('1.1.0');
  const {digit, label} = await demo.predictTestDigit();
  const scores = await demo.get('scores').locator('[data-score]').all();
  expect(scores).toHaveLength(10);
  await demo.tellTruth(digit, label);
  await demo.flush();

  expect(await armOf(server, 'challenger')).toMatchObject({
    version: '1.1.0',
    units: {assigned: 1, ready: 1, served: 1, labelled: 1},
    predictions: 1,
    labels: 1,
    correct: digit === label ? 1 : 0,
    failures: [],
    confusion: [{predicted: digit, truth: label, count: 1}],
  });
  expect(await armOf(server, 'champion')).toMatchObject({units: {assigned: 0}});
  expect((await experimentOf(server))?.status).toBe('running');
});

test('the report is a page that a person can read', async ({demo, page}) => {
  await demo.open();
  await demo.getModel();
  const {digit, label} = await demo.predictTestDigit();
  await demo.tellTruth(digit, label);
  await demo.flush();
  await demo.get('report-link').click();
  await expect(page).toHaveURL(/\/report$/);
  await expect(page.getByRole('heading', {name: /digits-cnn/})).toBeVisible();
  await expect(page.getByRole('row', {name: /challenger/}).first()).toBeVisible();
  await expect(
    page
      .getByText('wait')
      .or(page.getByText(/too few/i))
      .first(),
  ).toBeVisible();
});
