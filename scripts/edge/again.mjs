// Opens a client, asks it, and closes it, three times in one process. Prints a JSON line for each time.
import {readFileSync} from 'node:fs';
import {createKedge as createInThread, onnxWeb} from '@kedge/client/node';
import {createKedge as createInline, onnx} from '@kedge/client/edge';
import {digit} from '../../examples/digit.mjs';

const [url = '', key = '', where = ''] = process.argv.slice(2);
/** @type {(options: any) => Promise<import('@kedge/client').Kedge>} */
const createKedge = where === 'inline' ? createInline : createInThread;
const runtime = where === 'inline' ? onnx() : onnxWeb();

/** @param {import('@kedge/client').Prediction} prediction */
function answerOf({outputs}) {
  const data = /** @type {Float32Array} */ (outputs.scores?.data);
  const answer = data.indexOf(Math.max(...data));
  // Nobody else sees what is written here.
  data.fill(1);
  return answer;
}

/**
 * What is read from an array that is used again as soon as it was given, by calls of each kind.
 *
 * @param {import('@kedge/client').Model} model
 */
async function readRewritten(model) {
  const image = new Float32Array(784);
  const ask = async (options = {}) => {
    image.set(digit.pixels);
    const prediction = model.predict({image}, options);
    image.fill(0);
    return answerOf(await prediction);
  };
  const alone = [await ask(), await ask({deadlineMs: 60_000}), await ask({mode: 'latest'})];
  return [...alone, ...(await Promise.all([ask(), ask(), ask({priority: 1}), ask({deadlineMs: 60_000})]))];
}

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
  const rewritten = await readRewritten(digits);
  const given = digit.pixels.slice();
  rewritten.push(answerOf(await digits.predict({image: given}, {transfer: true})));
  const {serves, candidates, device} = await kedge.explain('digits');
  await kedge.close();
  console.log(
    JSON.stringify({source: served.source, serves, candidates, device, rewritten, leftBytes: given.byteLength}),
  );
}
