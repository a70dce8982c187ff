import type {Page} from '@playwright/test';
import {expect, test} from '../fixtures/test.js';
import {unitIn} from '../fixtures/units.js';

/** The policy under which everything below happens: no `blob:`, no `unsafe-eval`. */
const script = /script-src 'self' 'wasm-unsafe-eval'(;|$)/;
const worker = /worker-src 'self'(;|$)/;

function predict(page: Page, unitId: string) {
  return page.evaluate(async unitId => {
    const refused: string[] = [];
    document.addEventListener('securitypolicyviolation', event => refused.push(event.violatedDirective));
    const kedge = await window.openKedge({unitId, providers: ['wasm']});
    const model = await kedge.model('digits');
    const {served} = await model.predict({image: new Float32Array(784).fill(0.5)});
    await kedge.close();
    return {source: served.source, problems: model.problems.map(({message}) => message), refused};
  }, unitId);
}

test('under a strict policy the runtime starts from the registry’s binary, and a second visit fetches none', async ({
  page,
  server,
  traffic,
}) => {
  const unit = await unitIn(server.registry, 'champion');
  const answer = {source: 'model', problems: [], refused: []};
  const policy = (await page.goto('/e2e/'))!.headers()['content-security-policy'] ?? '';
  expect(policy).toMatch(script);
  expect(policy).toMatch(worker);
  expect(await predict(page, unit)).toEqual(answer);
  const wasm = () => traffic.requests.filter(({url}) => url.includes('.wasm'));
  const blobs = () => traffic.requests.filter(({url}) => url.includes('/blobs/')).length;
  expect(wasm()).toEqual([]);
  const fetched = blobs();
  expect(fetched).toBeGreaterThan(0);
  await page.reload();
  expect(await predict(page, unit)).toEqual(answer);
  expect([wasm(), blobs()]).toEqual([[], fetched]);
});
