import {serveFaulty} from './faulty-runtime.js';
import {tfjsRuntime} from '../src/tfjs/runtime.js';
import {tfjsWeb} from '../src/tfjs/web.js';

serveFaulty(tfjsRuntime(tfjsWeb));
