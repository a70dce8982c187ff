import type {ExecutionProvider} from '@kedge/client';
import type {Locator, Page} from '@playwright/test';
import type {DemoPage} from '../fixtures/demo-page.js';
import {testDigits} from '../fixtures/digits.js';
import {expect, test} from '../fixtures/test.js';
import {unitIn} from '../fixtures/units.js';

const digits = testDigits(20);

/** The ten scores of each digit, computed on one execution provider only. */
function scoresOn(page: Page, provider: ExecutionProvider, unitId: string): Promise<number[][]> {
  return page.evaluate(
    async ({provider, unitId, images}) => {
      const kedge = await window.openKedge({unitId, providers: [provider]});
      const model = await kedge.model('digits');
      const scores: number[][] = [];
      for (const image of images) {
        const {outputs, served} = await model.predict({image: Float32Array.from(image)});
        if (served.executionProvider !== provider || served.source !== 'model')
          throw new Error(`expected ${provider}, got ${served.executionProvider} (${served.source}, ${served.reason})`);
        scores.push(Array.from(outputs['scores']!.data, Number));
      }
      await kedge.close();
      return scores;
    },
    {provider, unitId, images: digits.map(({pixels}) => pixels)},
  );
}

const topOf = (scores: readonly number[]) => scores.indexOf(Math.max(...scores));

for (const [arm, fewestRight] of [
  ['champion', 17],
  ['challenger', 19],
] as const)
  test(`WebGPU and WASM read the same digits (${arm})`, async ({page, server}) => {
    const unit = await unitIn(server.registry, arm);
    await page.goto('/e2e/');
    const wasm = await scoresOn(page, 'wasm', unit);
    const webgpu = await scoresOn(page, 'webgpu', unit);
    expect(webgpu.map(topOf)).toEqual(wasm.map(topOf));
    const differences = wasm.flatMap((scores, i) => scores.map((score, digit) => Math.abs(score - webgpu[i]![digit]!)));
    expect(Math.max(...differences)).toBeLessThan(1e-3);
    const right = wasm.filter((scores, i) => topOf(scores) === digits[i]!.label);
    expect(right.length).toBeGreaterThanOrEqual(fewestRight);
  });

test('the provider that a visitor asks for is the one that computes', async ({demo, server}) => {
  await demo.open({unit: await unitIn(server.registry, 'challenger'), path: '/?provider=webgpu'});
  await demo.getModel();
  await expect(demo.get('provider')).toHaveText('webgpu');
  const {digit, label} = await demo.predictTestDigit();
  expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).toContain(digit);
  expect(label).toBeGreaterThanOrEqual(0);
});

/** onnxruntime's own warning at a start on WebGPU, which it writes as an error: shape operators stay on the CPU. */
const onnxruntimeOnWebGpu = /\[W:onnxruntime:, session_state\.cc:\d+ VerifyEachNodeIsAssignedToAnEp\]/;

for (const [tab, models, ready] of [
  ['digits', ['digits'], (demo: DemoPage) => demo.getModel()],
  ['read', ['text-detection', 'text-recognition'], (demo: DemoPage) => demo.getModels('read')],
  ['voice', ['voice-activity'], (demo: DemoPage) => demo.getModels('voice')],
] as const) {
  // A GPU in software takes a minute for the models of text.
  const tag = tab === 'read' ? '@long' : [];
  const title = `a visitor has all providers measured (${tab}): each is timed, or it is told why not, and one is used`;
  test(title, {tag}, async ({demo, server, consoleWatch}) => {
    test.slow();
    consoleWatch.expect(onnxruntimeOnWebGpu);
    await demo.open({unit: await unitIn(server.registry, 'champion'), path: `/#${tab}`});
    await ready(demo);
    const plot = demo.get(`${tab}-providers`);
    await plot.getByRole('button', {name: 'Measure the others'}).click();
    await expect(plot.getByRole('progressbar', {name: 'Execution providers measured'})).toBeVisible();
    await expect(plot.getByRole('status')).toHaveText('Measured.', {timeout: 150_000});
    await expect(plot.getByTestId('measure-others')).toBeFocused();
    for (const model of models) {
      const block = demo.get(`providers-${model}`);
      for (const provider of ['wasm', 'webgpu']) await expectMeasured(block, provider);
      await expect(block.locator('.is-serving')).toHaveCount(1);
    }
  });
}

/**
 * With its bar and its time. A GPU in software may instead be wrong, which is told with the numbers; and, but for the small
 * models of digits, too slow for the time for measuring, which is told too.
 */
async function expectMeasured(block: Locator, provider: string): Promise<void> {
  const row = block.locator(`[data-provider="${provider}"]`);
  const why = row.locator('+ .provider-why');
  if ((await row.getAttribute('data-golden')) === 'failed') {
    await expect(row).toContainText('wrong numbers, not used');
    await expect(why).toContainText(/expected \S+, got \S+/);
  } else if (provider === 'webgpu' && (await block.getAttribute('data-testid')) !== 'providers-digits') {
    await expect(row.locator('.provider-bar').or(why.getByText('time for measuring'))).not.toHaveCount(0);
  } else {
    await expect(row.locator('.provider-bar')).toBeVisible();
    expect(Number(await row.getAttribute('data-ms'))).toBeGreaterThan(0);
  }
}

test('the measuring is stopped, by the keyboard too, and what serves goes on', async ({demo, consoleWatch}) => {
  consoleWatch.expect(onnxruntimeOnWebGpu);
  await demo.open({path: '/#voice'});
  await demo.getModels('voice');
  const plot = demo.get('voice-providers');
  await plot.getByTestId('measure-others').press('Enter');
  await expect(plot.getByTestId('measure-stop')).toBeFocused();
  await plot.getByTestId('measure-stop').press('Enter');
  await expect(plot.getByRole('status')).toHaveText('Stopped.');
  await expect(plot.getByTestId('measure-others')).toBeFocused();
  await expect(demo.get('providers-voice-activity').locator('.is-serving')).toHaveCount(1);
});
