import {createKedge} from '@kedge/client';
import {onnx} from '@kedge/client/onnx';
import {data, done, plan, shape} from './start.js';

const kedge = await createKedge({...plan.config, runtimes: [onnx({providers: ['wasm']})], unitId: 'bench'});
const model = await kedge.model(plan.model);
const {outputs} = await model.predict({[plan.input]: {data, shape}});
done(Object.values(outputs)[0]?.data);
