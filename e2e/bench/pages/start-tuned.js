// Tuned by hand: the small build in a worker, so that the page stays free; the model is read while the worker starts.
import {bareClient} from './bare-client.js';
import {cachedModel, done, image, shape} from './start.js';

const ask = bareClient(new Worker(new URL('./bare-wasm-worker.js', import.meta.url), {type: 'module'}));
await ask({model: await cachedModel()});
const {data} = /** @type {{data: Float32Array}} */ (await ask({name: 'image', data: image, shape}));
done(data);
