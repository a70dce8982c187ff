import {armOf} from '../fixtures/report.js';
import {expect, test} from '../fixtures/test.js';
import {unitIn} from '../fixtures/units.js';

test('a second visit without network or server: the model answers, and what it records arrives later', async ({
  demo,
  server,
  context,
}) => {
  await demo.open({unit: await unitIn(server.registry, 'champion')});
  await demo.getModel();
  await expect(demo.get('offline')).toHaveAttribute('data-offline', 'complete');
  await demo.predictTestDigit();
  await demo.flush();

  await server.stop();
  await context.setOffline(true);
  await demo.page.reload();
  await demo.expectState('ready');
  await expect(demo.get('connection')).toHaveAttribute('data-state', 'offline');
  await expect(demo.get('version')).toHaveText('1.0.0');
  for (let i = 0; i < 3; i++) {
    const {digit, label} = await demo.predictTestDigit();
    await demo.tellTruth(digit, label);
  }
  await expect(demo.get('waiting')).not.toHaveText('0');

  await server.start();
  await context.setOffline(false);
  await expect(demo.get('connection')).toHaveAttribute('data-state', 'online');
  // By itself, after the client's own waiting time.
  await expect
    .poll(() => armOf(server, 'champion'))
    .toMatchObject({predictions: 4, labels: 3, units: {assigned: 1, ready: 1, served: 1, labelled: 1}});
});
