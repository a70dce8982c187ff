import type {Page} from '@playwright/test';
import {armOf} from '../fixtures/report.js';
import {expect, test} from '../fixtures/test.js';
import {unitIn} from '../fixtures/units.js';

const predictions = 7;

/** Predicts without waiting for anything to be sent. Resolves when the events can have been written. */
async function predictSome(page: Page, unitId: string): Promise<void> {
  await page.goto('/e2e/');
  await page.evaluate(
    async ({unitId, predictions}) => {
      const kedge = await window.openKedge({unitId});
      const model = await kedge.model('digits');
      for (let i = 0; i < predictions; i++) await model.predict({image: new Float32Array(784).fill(i / 10)});
      (window as {kedge?: unknown}).kedge = kedge;
    },
    {unitId, predictions},
  );
}

/** A visit a minute later: what a dead page left is then nobody else's. */
async function visitLater(page: Page): Promise<void> {
  await page.clock.setSystemTime(Date.now() + 60_000);
  await page.goto('/e2e/');
  await page.evaluate(async () => {
    const kedge = await window.openKedge();
    await kedge.flush();
    await kedge.close();
  });
}

const endings: [name: string, end: (page: Page) => Promise<unknown>][] = [
  ['a tab that is closed at once', page => page.close({runBeforeUnload: false})],
  ['a navigation elsewhere', page => page.goto('about:blank')],
  ['a reload', page => page.reload()],
];

for (const [name, end] of endings)
  test(`${name} loses no prediction`, async ({page, context, server}) => {
    const unit = await unitIn(server.registry, 'champion');
    await predictSome(page, unit);
    await end(page);
    await visitLater(await context.newPage());
    await expect.poll(() => armOf(server, 'champion')).toMatchObject({predictions, units: {assigned: 1, served: 1}});
  });

test('a page that is left tells by itself, before any next visit', async ({page, server}) => {
  const unit = await unitIn(server.registry, 'champion');
  await predictSome(page, unit);
  await page.goto('about:blank');
  await expect.poll(async () => (await armOf(server, 'champion'))?.predictions).toBe(predictions);
});

test('a crashed renderer loses nothing that it could write', async ({page, context, server, traffic, consoleWatch}) => {
  const unit = await unitIn(server.registry, 'champion');
  // Nothing may have been sent before the crash; the browser says so in the console.
  traffic.lose('/v1/events');
  consoleWatch.expect(/ERR_EMPTY_RESPONSE.*v1\/events/);
  await predictSome(page, unit);
  const written = () =>
    page.evaluate(
      async () =>
        (await (window as unknown as {kedge: {telemetry(): Promise<{waiting: number}>}}).kedge.telemetry()).waiting,
    );
  const waiting = await written();
  expect(waiting).toBeGreaterThanOrEqual(predictions);

  const crashed = page.waitForEvent('crash');
  await page.goto('chrome://crash').catch(() => {});
  await crashed;
  await page.close();
  expect((await server.report()).experiments).toEqual([]);
  traffic.letPass('/v1/events');
  await visitLater(await context.newPage());
  await expect.poll(() => armOf(server, 'champion')).toMatchObject({predictions, units: {assigned: 1, served: 1}});
});

test('labels told in another tab, after the first one is gone, still find their prediction', async ({
  page,
  context,
  server,
}) => {
  const unit = await unitIn(server.registry, 'challenger');
  await page.goto('/e2e/');
  const id = await page.evaluate(async unitId => {
    const kedge = await window.openKedge({unitId});
    const prediction = await (await kedge.model('digits')).predict({image: new Float32Array(784).fill(0.1)});
    await kedge.telemetry();
    return prediction.id;
  }, unit);
  await page.close();
  const later = await context.newPage();
  await later.clock.setSystemTime(Date.now() + 60_000);
  await later.goto('/e2e/');
  await later.evaluate(async id => {
    const kedge = await window.openKedge();
    kedge.label(id, {class: 3});
    await kedge.flush();
    await kedge.flush();
    await kedge.close();
  }, id);
  await expect.poll(() => armOf(server, 'challenger')).toMatchObject({predictions: 1, labels: 1, units: {labelled: 1}});
});
