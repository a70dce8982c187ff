// Many calls that wait at once, with one signal of their own or of the app's. Prints a JSON line; a warning goes to stderr.
import {digit} from '../../examples/digit.mjs';
import {open} from './open.mjs';

const kedge = await open();
const digits = await kedge.model('digits');
const inputs = Array.from({length: 40}, () => ({image: digit.pixels}));
const {signal} = new AbortController();
let answers = 0;
for await (const {status} of digits.predictMany(inputs)) answers += Number(status === 'fulfilled');
answers += (await Promise.all(inputs.map(each => digits.predict(each, {signal})))).length;
const stream = await digits.stream({state: {}});
answers += (await Promise.all(inputs.map(each => stream.predict(each)))).length;
const another = new AbortController();
answers += (await Promise.all(inputs.map(each => stream.predict(each, {signal: another.signal})))).length;
await kedge.close();
console.log(JSON.stringify({answers}));
