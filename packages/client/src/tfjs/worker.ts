import {serveWorker, tfjsRuntime, tfjsWeb} from './serve.js';

serveWorker(tfjsRuntime(tfjsWeb));
