// One step of large.bench.mjs, and what it took.
import {join} from 'node:path';
import {packModel, verifyVersion} from '@kedge/cli';

const [step, folder = '', version = '', ...from] = process.argv.slice(2);
const registry = join(folder, 'registry');
const started = performance.now();
const result =
  step === 'pack'
    ? await packModel({
        ...{model: join(folder, 'model.onnx'), meta: join(folder, 'meta.json'), name: 'large', version, registry, from},
        ...{run: false, runtimeFiles: false},
      })
    : await verifyVersion({reference: `large@${version}`, registry, run: false});
const peakBytes = process.resourceUsage().maxRSS * 1024;
const updates = 'updates' in result ? result.updates : undefined;
console.log(JSON.stringify({seconds: (performance.now() - started) / 1000, peakBytes, updates}));
