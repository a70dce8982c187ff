import {expect, test} from '../fixtures/test.js';

// What every other test relies on: that nothing wrong goes by unseen.

test('an error in the page, in its worker, and a breach of its policy are seen', async ({page, consoleWatch}) => {
  await page.goto('/e2e/');
  await page.evaluate(() => window.openKedge().then(() => undefined));
  await page.workers()[0]!.evaluate(() => console.error('from the worker'));
  await page.evaluate(() => {
    console.error('from the page');
    setTimeout(() => {
      throw new Error('thrown later');
    });
    void fetch('http://127.0.0.1:9/').catch(() => {});
  });
  for (const text of ['from the page', 'from the worker', 'thrown later', 'connect-src'])
    await expect.poll(() => consoleWatch.unexpected.join('\n')).toContain(text);
  consoleWatch.expect(/./);
});

test('a request to elsewhere is seen, and does not arrive', async ({page, traffic}) => {
  await expect(page.goto('http://elsewhere.invalid/told')).rejects.toThrow('ERR_EMPTY_RESPONSE');
  expect(traffic.requests.map(({url}) => url)).toContain('http://elsewhere.invalid/told');
  traffic.requests.length = 0;
});

test('what a page sends as it is left is seen', async ({page, traffic}) => {
  await page.goto('/e2e/');
  await page.evaluate(() => {
    addEventListener('pagehide', () => void fetch('/v1/last', {method: 'POST', body: 'last words', keepalive: true}));
  });
  await page.goto('about:blank');
  await expect.poll(() => traffic.bodies()).toContain('last words');
});
