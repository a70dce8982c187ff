// Predicts with inputs that its thread dies of, once each. Prints a JSON line for each prediction.
import {readFileSync} from 'node:fs';
import {createKedge, onnx} from '@kedge/client/node';

const [url = '', key = '', directory = ''] = process.argv.slice(2);
const kedge = await createKedge({
  registry: `${url}/registry`,
  channel: 'prod',
  trustedKeys: [JSON.parse(readFileSync(key, 'utf8'))],
  runtimes: [{...onnx(), file: new URL('./faulty-thread.mjs', import.meta.url)}],
  unitId: 'unit-1',
  directory,
});
const digits = await kedge.model('digits');
for (const first of [0, 0.5, 0.25, 0]) {
  const image = new Float32Array(784);
  image[0] = first;
  console.log(JSON.stringify({served: (await digits.predict({image})).served}));
}
await kedge.close();
