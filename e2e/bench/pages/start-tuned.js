// Tuned by hand: the small build in a worker, so that the page stays free; the model is read while the worker starts.
import {bareClient} from './bare-client.js';
import {cachedModel, data, done, plan, shape} from './start.js';

const ask = bareClient(new Worker(new URL('./bare-wasm-worker.js', import.meta.url), {type: 'module'}));
await ask({model: await cachedModel()});
const answer = /** @type {{data: Float32Array}} */ (await ask({name: plan.input, data, shape}));
done(answer.data);
