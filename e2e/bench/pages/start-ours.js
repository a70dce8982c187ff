import {createKedge} from '@kedge/client';
import {onnx} from '@kedge/client/onnx';
import {done, image, plan} from './start.js';

const kedge = await createKedge({...plan.config, runtimes: [onnx({providers: ['wasm']})], unitId: 'bench'});
const model = await kedge.model('digits');
const {outputs} = await model.predict({image});
done(/** @type {Float32Array} */ (outputs.scores?.data));
