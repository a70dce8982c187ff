import type {ExecutionProvider} from '@kedge/client';
import type {Page} from '@playwright/test';
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
