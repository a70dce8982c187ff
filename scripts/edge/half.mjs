// Changes the sign of half-precision numbers, as bits, in each runtime. Prints a JSON line for each.
import {onnx, onnxWeb} from '@kedge/client/node';
import {open} from './open.mjs';

for (const runtime of [onnx(), onnxWeb()]) {
  const kedge = await open({runtimes: [runtime]});
  const model = await kedge.model('half');
  const {outputs, served} = await model.predict({x: Uint16Array.of(0x3c00, 0xfbff, 0x0001, 0)});
  const {dtype, data} = outputs.y ?? {};
  process.stdout.write(`${JSON.stringify({bits: [dtype, ...(data ?? [])], provider: served.executionProvider})}\n`);
  await kedge.close();
}
