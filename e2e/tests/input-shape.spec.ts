import {expect, test} from '../fixtures/test.js';
import {unitIn} from '../fixtures/units.js';

test('a wrong input names the tensor, what it expected and what it got', async ({page, server}) => {
  await page.goto('/e2e/');
  const errors = await page.evaluate(
    async unitId => {
      const kedge = await window.openKedge({unitId});
      const model = await kedge.model('digits');
      const attempts = [
        {image: new Float32Array(10)},
        {image: {data: new Float32Array(784), shape: [1, 784]}},
        {image: new Float64Array(784)},
        {picture: new Float32Array(784)},
        {},
      ];
      const errors = [];
      for (const inputs of attempts)
        errors.push(
          await model.predict(inputs as never).then(
            () => ({code: 'none', message: 'it predicted'}),
            ({code, message}: {code: string; message: string}) => ({code, message}),
          ),
        );
      // A caller's mistake must not count against the model.
      const {served} = await model.predict({image: new Float32Array(784)});
      await kedge.close();
      return {errors, source: served.source};
    },
    await unitIn(server.registry, 'challenger'),
  );
  expect(errors.source).toBe('model');
  expect(errors.errors.map(({code}) => code)).toEqual(Array(5).fill('input_invalid'));
  const spec = /image: expected float32\[[^\]]*28, 28\], got /;
  const [short, flat, wide, other, none] = errors.errors.map(({message}) => message);
  for (const message of [short, flat, wide, none]) expect(message).toMatch(spec);
  expect(short).toContain('got 10 elements');
  expect(flat).toContain('got float32[1, 784]');
  expect(wide).toContain('got a Float64Array; pass a Float32Array');
  expect(other).toContain('no input is named picture; expected image');
  expect(none).toContain('got nothing');
});
