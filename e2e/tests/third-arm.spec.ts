import {armOf} from '../fixtures/report.js';
import {expect, test} from '../fixtures/test.js';
import {unitIn} from '../fixtures/units.js';

const arm = 'challenger-tfjs';
const tfjsFile = /\/assets\/tfjs-/;

test('an arm on TensorFlow.js: it answers, counts in the report, and answers again without a network', async ({
  demo,
  server,
  traffic,
  context,
}) => {
  await demo.open({unit: await unitIn(server.registry, arm)});
  await demo.expectState('empty');
  expect(traffic.requests.filter(({url}) => tfjsFile.test(url))).toEqual([]);
  await demo.getModel();
  await expect(demo.get('version')).toHaveText('1.2.0');
  expect(await demo.arm()).toBe(arm);
  await expect(demo.get('lineage')).toContainText('digits 1.2.0');
  await expect(demo.get('runtime-name')).toHaveText('TensorFlow.js');
  await expect(demo.get('offline')).toHaveAttribute('data-offline', 'complete');
  const {digit, label} = await demo.predictTestDigit();
  await demo.tellTruth(digit, label);
  await demo.flush();
  expect(traffic.requests.some(({url}) => tfjsFile.test(url))).toBe(true);
  expect(await armOf(server, arm)).toMatchObject({
    version: '1.2.0',
    units: {assigned: 1, ready: 1, served: 1, labelled: 1},
    ...{predictions: 1, labels: 1, correct: digit === label ? 1 : 0, failures: []},
  });

  await server.stop();
  await context.setOffline(true);
  await demo.page.reload();
  await demo.expectState('ready');
  await expect(demo.get('connection')).toHaveAttribute('data-state', 'offline');
  await expect(demo.get('version')).toHaveText('1.2.0');
  await demo.predictTestDigit();
  expect(await demo.arm()).toBe(arm);
});

test('units of the other arms never fetch TensorFlow.js', async ({demo, server, traffic}) => {
  await demo.open({unit: await unitIn(server.registry, 'challenger')});
  await demo.getModel();
  await expect(demo.get('offline')).toHaveAttribute('data-offline', 'complete');
  await demo.predictTestDigit();
  await expect(demo.get('runtime-name')).toHaveText('ONNX Runtime Web');
  expect(traffic.requests.filter(({url}) => tfjsFile.test(url))).toEqual([]);
});
