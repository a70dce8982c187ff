// Reads a handwritten digit with the version that the release pins; installed once, it runs without the network too.
import {readFileSync} from 'node:fs';
import {createKedge, onnxWeb} from '@kedge/client/node';
import {digit} from '../digit.mjs';

const [
  registry = 'http://127.0.0.1:8787/registry',
  key = '.kedge/keys/public.json',
  directory = '.kedge/examples/deno',
] = process.argv.slice(2);

const kedge = await createKedge({
  registry,
  channel: 'prod',
  trustedKeys: [JSON.parse(readFileSync(key, 'utf8'))],
  runtimes: [onnxWeb()],
  unitId: 'example',
  directory,
});
const digits = await kedge.model('digits');
const {outputs, served} = await digits.predict({image: digit.pixels});
const {data} = outputs.scores;
console.log(JSON.stringify({answer: data.indexOf(Math.max(...data)), expected: digit.label, ...served}));
await kedge.close();
