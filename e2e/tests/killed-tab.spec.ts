import type {BrowserContext, Page} from '@playwright/test';
import {expect, test} from '../fixtures/test.js';

/** From the moment on that a start is noted, its page has the store for itself, so that the worker waits. */
function holdStarts(): void {
  const {setItem} = Storage.prototype;
  Storage.prototype.setItem = function (key, value) {
    setItem.call(this, key, value);
    if (key.startsWith('kedge:flight:') && value.includes('"stage":"start"'))
      void navigator.locks.request('kedge:store', () => {
        document.title = 'held';
        return new Promise(() => {});
      });
  };
}

/** As when the person has gone to another tab by then. */
function hide(): void {
  Object.defineProperty(document, 'hidden', {get: () => true});
  document.dispatchEvent(new Event('visibilitychange', {bubbles: true}));
}

/** Ends the tab's process while it starts a version. */
async function killAtStart(context: BrowserContext, {hidden = false} = {}): Promise<void> {
  const page = await context.newPage();
  await page.addInitScript(holdStarts);
  await page.goto('/e2e/');
  const crashed = page.waitForEvent('crash');
  void page.evaluate(async () => (await window.openKedge({providers: ['wasm']})).model('digits')).catch(() => {});
  // The store is held once it starts; what the start before left is noted by then.
  await expect(page).toHaveTitle('held');
  await page.waitForTimeout(300);
  if (hidden) await page.evaluate(hide);
  const devtools = await context.newCDPSession(page);
  void devtools.send('Page.crash').catch(() => {});
  await crashed;
  await page.close();
}

async function visit(page: Page) {
  await page.goto('/e2e/');
  return page.evaluate(async () => {
    const kedge = await window.openKedge({providers: ['wasm']});
    const model = await kedge.model('digits', {baseline: () => ({scores: new Float32Array(10)})});
    const {served} = await model.predict({image: new Float32Array(784)});
    const problems = model.problems.map(({code, message}) => `${code}: ${message}`);
    await kedge.close();
    return {
      problems,
      source: served.source,
      left: Object.keys(localStorage).filter(key => key.startsWith('kedge:flight:')),
    };
  });
}

test('a tab that is killed while a model starts is told of at the next start, once, and the model serves', async ({
  context,
}) => {
  await killAtStart(context);
  const page = await context.newPage();
  const next = await visit(page);
  expect(next).toMatchObject({source: 'model', left: []});
  expect(next.problems).toEqual([expect.stringMatching(/worker_lost: digits .* the tab.*died at its start on wasm/)]);
  expect(await visit(page)).toEqual({problems: [], source: 'model', left: []});
});

test('a tab that is killed twice by the same start leaves that provider alone', async ({context}) => {
  await killAtStart(context);
  await killAtStart(context);
  const {problems, source} = await visit(await context.newPage());
  expect(source).toBe('baseline');
  expect(problems.join('\n')).toMatch(/crashed too often on wasm/);
});

test('a tab that nobody sees may be killed by the browser as it likes: that tells nothing of the provider', async ({
  context,
}) => {
  await killAtStart(context, {hidden: true});
  await killAtStart(context, {hidden: true});
  expect(await visit(await context.newPage())).toEqual({problems: [], source: 'model', left: []});
});
