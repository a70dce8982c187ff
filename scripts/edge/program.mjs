// A program of somebody who uses the client in Node: installs, predicts, closes. Prints JSON lines; ends when nothing is left open.
import {isKedgeError} from '@kedge/client/node';
import {open} from './open.mjs';

const [url = '', , , name = ''] = process.argv.slice(2);
/** @param {object} line */
const tell = line => process.stdout.write(`${JSON.stringify(line)}\n`);

const kedge = await open({collector: {url, writeKey: 'edge'}});
try {
  const model = await kedge.model(name, {onProgress: progress => tell({progress})});
  const [input] = model.manifest?.inputs ?? [];
  const size = Number(
    input?.shape[1] === undefined ? 1 : input.shape.slice(1).reduce((a, b) => Number(a) * Number(b), 1),
  );
  const {id, outputs, served} = await model.predict({[input?.name ?? 'x']: new Float32Array(size)});
  if (name === 'digits') kedge.label(id, {class: 7});
  const {kind, bytes, versions, lost} = await kedge.storage();
  const [output] = Object.values(outputs);
  tell({served, finite: output?.data.every(value => Number.isFinite(Number(value)))});
  tell({storage: {kind, bytes, states: versions.map(({state}) => state), lost}});
} catch (error) {
  tell({error: isKedgeError(error) ? {code: error.code, message: error.message} : {message: String(error)}});
}
await kedge.close();
// Ports close behind the threads that had their other ends.
await new Promise(resolve => setTimeout(resolve, 100));
// What would keep this process alive, apart from its own output.
tell({left: process.getActiveResourcesInfo().filter(name => name !== 'PipeWrap'), telemetry: await kedge.telemetry()});
