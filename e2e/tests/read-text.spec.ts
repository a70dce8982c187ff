import {expect, test} from '../fixtures/test.js';
import type {DemoPage} from '../fixtures/demo-page.js';

const sample = ['KEDGE ANCHOR 40 kg', 'Pull ahead, one step at a time.'];

/** The lines, once all of them are read. */
async function linesOf(demo: DemoPage): Promise<string[]> {
  await expect(demo.get('read-state')).toHaveText(/^(Read \d+ lines?|No text was found in it)\.$/);
  return demo.get('read-lines').locator('.line-text').allTextContents();
}

test('the sample is read right, and the page shows where that was computed', async ({demo, traffic}) => {
  await demo.open({path: '/#read'});
  await expect(demo.get('read-get')).toBeEnabled();
  expect(traffic.requests.filter(({url}) => /\/blobs\/|\.wasm/.test(url))).toEqual([]);
  await demo.getModels('read');
  await demo.get('read-sample').click();
  expect(await linesOf(demo)).toEqual(sample);
  await expect(demo.get('read-time')).toHaveText(/ms on \w+$/);

  for (const model of ['text-detection', 'text-recognition']) {
    const block = demo.get(`providers-${model}`);
    await expect(block).toHaveAttribute('data-measured', 'true');
    const serving = block.getByRole('row', {name: /^wasm/});
    await expect(serving).toHaveText(/\d ms.*right, used$/);
    expect(Number(await serving.getAttribute('data-ms'))).toBeGreaterThan(0);
  }
  // What was read was told to nobody.
  expect(traffic.requests.filter(({method}) => method !== 'GET')).toEqual([]);
});

test('a written line, a photo and a pasted picture are read; what is no picture is told', async ({demo, page}) => {
  await demo.open({path: '/#read'});
  await demo.getModels('read');
  await demo.get('read-text').fill('Weigh anchor at 06:45');
  await demo.get('read-text').press('Enter');
  expect(await linesOf(demo)).toEqual(['Weigh anchor at 06:45']);

  const photo = Buffer.from(await demo.pictureOf('Harbour 17', 1400, 500), 'base64');
  await demo.get('read-file').setInputFiles({name: 'photo.png', mimeType: 'image/png', buffer: photo});
  await expect(demo.get('read-lines')).toContainText('Harbour 17');
  expect(await linesOf(demo)).toEqual(['Harbour 17']);

  const pasted = await demo.pictureOf('Pilot 5', 600, 200);
  await page.evaluate(base64 => {
    const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([bytes], 'pasted.png', {type: 'image/png'}));
    document.dispatchEvent(new ClipboardEvent('paste', {clipboardData}));
  }, pasted);
  await expect(demo.get('read-lines')).toContainText('Pilot 5');

  await demo.get('read-clear').click();
  await expect(demo.get('read-state')).toHaveText('Nothing to read yet.');
  await demo.get('read-file').setInputFiles({name: 'no.png', mimeType: 'image/png', buffer: Buffer.from('no picture')});
  await expect(demo.get('notice-code')).toHaveText('input');
  await expect(demo.get('notice-what')).toContainText('not a picture');
});

test('a download can be cancelled, and is asked for again', async ({demo}) => {
  await demo.open({path: '/#read'});
  await demo.get('read-get').click();
  await demo.get('read-cancel').click();
  await expect(demo.get('read-getting')).toHaveAttribute('data-state', 'empty');
  await expect(demo.get('notice')).toBeHidden();
  await demo.getModels('read');
  await demo.get('read-sample').click();
  expect(await linesOf(demo)).toEqual(sample);
});

test('a second visit without network or server reads the sample', async ({demo, server, context, page}) => {
  await demo.open({path: '/#read'});
  await demo.getModels('read');
  await expect(demo.get('offline')).toHaveAttribute('data-offline', 'complete');
  await server.stop();
  await context.setOffline(true);
  await page.reload();
  await expect(demo.get('read-getting')).toHaveAttribute('data-state', 'ready');
  await demo.get('read-sample').click();
  expect(await linesOf(demo)).toEqual(sample);
});
