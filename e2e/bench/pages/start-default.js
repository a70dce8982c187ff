// As most people write it: the default import, on the page, model from the Cache API.
import * as ort from 'onnxruntime-web';
import {cachedModel, done, image, shape} from './start.js';

ort.env.logLevel = 'error';
ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(await cachedModel(), {executionProviders: ['wasm']});
const {scores} = await session.run({image: new ort.Tensor('float32', image, shape)});
done(/** @type {Float32Array} */ (scores?.data));
