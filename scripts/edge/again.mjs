// Opens a client, asks it, and closes it, three times in one process. Prints a JSON line for each time.
import {readFileSync} from 'node:fs';
import {createKedge as createInThread, onnxWeb} from '@kedge/client/node';
import {createKedge as createInline, onnx} from '@kedge/client/edge';

const [url = '', key = '', where = ''] = process.argv.slice(2);
/** @type {(options: any) => Promise<import('@kedge/client').Kedge>} */
const createKedge = where === 'inline' ? createInline : createInThread;
const runtime = where === 'inline' ? onnx() : onnxWeb();

for (let i = 0; i < 3; i++) {
  const kedge = await createKedge({
    registry: `${url}/registry`,
    channel: 'prod',
    trustedKeys: [JSON.parse(readFileSync(key, 'utf8'))],
    runtimes: [runtime],
    unitId: 'unit-1',
  });
  const digits = await kedge.model('digits');
  const {served} = await digits.predict({image: new Float32Array(784)});
  const given = new Float32Array(784);
  await digits.predict({image: given}, {transfer: true});
  const {serves, candidates, device} = await kedge.explain('digits');
  await kedge.close();
  console.log(JSON.stringify({source: served.source, serves, candidates, device, leftBytes: given.byteLength}));
}
