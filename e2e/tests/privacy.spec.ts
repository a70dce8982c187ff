import {expect, test} from '../fixtures/test.js';
import {unitIn} from '../fixtures/units.js';

const canary = 'canary-7f3b-unit@example.org';
const attribute = 'canary-attribute-91ce';

test('what leaves the device holds no unit id, no attribute and no pixel', async ({page, server, traffic}) => {
  await page.goto('/e2e/');
  await page.evaluate(
    async ({canary, attribute}) => {
      const kedge = await window.openKedge({unitId: canary, attributes: {plan: attribute}});
      const model = await kedge.model('digits');
      // Pixels that would be seen in any form of number.
      const pixels = Float32Array.from({length: 784}, (_, i) => (i % 2 ? 0.8125 : 0.15625));
      const prediction = await model.predict({image: pixels});
      kedge.label(prediction.id, {class: 4});
      kedge.metric('revenue', 12.5);
      await kedge.forUnit(`${canary}-2`).model('digits');
      await kedge.flush();
      await kedge.flush();
      await kedge.close();
    },
    {canary, attribute},
  );
  await page.goto('about:blank');
  const sent = traffic.to('/v1/events');
  expect(sent.length).toBeGreaterThan(0);
  const bodies = traffic.bodies();
  // The canary would be found if it were there: the metric that was told is.
  expect(bodies.join('\n')).toContain('revenue');
  const heads = traffic.requests.map(({url, headers}) => `${url} ${JSON.stringify(headers)}`);
  for (const secret of [canary, encodeURIComponent(canary), btoa(canary).slice(0, -4), attribute, '0.8125', '0.15625'])
    expect([...bodies, ...heads].filter(text => text.includes(secret))).toEqual([]);
  for (const {body, headers} of sent) {
    expect(body.length).toBeLessThan(48 * 1024);
    expect(headers.cookie).toBeUndefined();
  }
  expect((await server.report()).experiments).toHaveLength(1);
});

test('two channels can’t join their people: the unit is sent under a salted hash', async ({page, traffic}) => {
  await page.goto('/e2e/');
  await page.evaluate(async canary => {
    const kedge = await window.openKedge({unitId: canary});
    await kedge.model('digits');
    await kedge.flush();
    await kedge.close();
  }, canary);
  const plain = await page.evaluate(async text => {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
    return Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('');
  }, canary);
  const bodies = traffic.bodies().join('\n');
  expect(bodies).toContain('digits-cnn');
  expect(bodies).not.toContain(plain.slice(0, 16));
});

test('with consent off nothing is sent, whatever is done, and closing sends nothing', async ({
  demo,
  server,
  traffic,
}) => {
  await demo.open({unit: await unitIn(server.registry, 'challenger')});
  await demo.getModel({consent: 'off'});
  const {digit, label} = await demo.predictTestDigit();
  await demo.tellTruth(digit, label);
  await expect(demo.get('thanks')).toContainText('this stays here');
  await expect(demo.get('many-start')).toBeDisabled();
  await demo.page.reload();
  await demo.expectState('ready');
  await demo.predictTestDigit();
  await demo.page.goto('about:blank');
  expect(traffic.to('/v1/events')).toEqual([]);
  expect((await server.report()).experiments).toEqual([]);
});

test('consent withdrawn takes back what was not sent yet', async ({demo, server, traffic}) => {
  await demo.open({unit: await unitIn(server.registry, 'challenger')});
  await demo.getModel({consent: 'events'});
  await demo.flush();
  const before = traffic.to('/v1/events').length;
  await demo.predictTestDigit();
  await expect(demo.get('waiting')).not.toHaveText('0');
  await demo.get('consent-off').check();
  await expect(demo.get('waiting')).toHaveText('0');
  await demo.page.goto('about:blank');
  expect(traffic.to('/v1/events')).toHaveLength(before);
});

test('“counts” tells how often, and never who', async ({demo, server, traffic}) => {
  await demo.open({unit: await unitIn(server.registry, 'challenger')});
  await demo.getModel({consent: 'counts'});
  const {digit, label} = await demo.predictTestDigit();
  await demo.tellTruth(digit, label);
  await demo.flush();
  const arm = (await server.report()).experiments[0]?.arms.find(({arm}) => arm === 'challenger');
  expect(arm).toMatchObject({predictions: 1, labels: 1, units: {assigned: 0, ready: 0, served: 0, labelled: 0}});
  for (const body of traffic.bodies()) {
    const batch = JSON.parse(body) as {producer: string; contexts: [unit: string][]};
    expect([batch.producer, ...batch.contexts.map(([unit]) => unit)].filter(Boolean)).toEqual([]);
  }
});

test('“Forget everything” leaves nothing on the device', async ({demo, page, context}) => {
  await demo.open();
  await demo.getModel();
  await demo.predictTestDigit();
  await demo.get('forget').click();
  await demo.get('forget-confirm').click();
  await demo.expectState('empty');
  const left = await page.evaluate(async () => {
    const databases = await indexedDB.databases();
    const counts: Record<string, number> = {};
    for (const {name} of databases) {
      const db = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open(name!);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error!);
      });
      for (const store of db.objectStoreNames)
        counts[`${name} ${store}`] = await new Promise<number>((resolve, reject) => {
          const request = db.transaction(store).objectStore(store).count();
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error!);
        });
      db.close();
    }
    const workers = await navigator.serviceWorker.getRegistrations();
    return {
      stored: Object.entries(counts).filter(([, count]) => count > 0),
      caches: await caches.keys(),
      workers: workers.length,
    };
  });
  expect(left).toEqual({stored: [], caches: [], workers: 0});
  expect((await context.cookies()).length).toBe(0);
});
