// As most people write it: the default import, on the page, model from the Cache API.
import * as ort from 'onnxruntime-web';
import {cachedModel, data, done, plan, shape} from './start.js';

ort.env.logLevel = 'error';
ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(await cachedModel(), {executionProviders: ['wasm']});
const outputs = await session.run({[plan.input]: new ort.Tensor('float32', data, shape)});
done(Object.values(outputs)[0]?.data);
