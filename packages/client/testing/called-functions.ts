import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import type {IncomingMessage} from 'node:http';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import type {Plugin} from 'vite';

const dist = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'));
const cli = new URL('../../cli/dist/functions/called.js', import.meta.url).href;

/** For tests in the browser: which functions of onnxruntime-web's binary a model calls, as `kedge pack` lists them. POST the model; `?runs=` how often it is run, each time on one more row of one float32. */
export function calledFunctions(): Plugin {
  return {
    name: 'called-functions',
    configureServer(server) {
      server.middlewares.use('/called-functions', (request, response) => {
        asked(request).then(
          text => response.end(text),
          (error: unknown) => response.writeHead(500).end(String(error)),
        );
      });
    },
  };
}

/** The tests ask again and again about two models; each answer takes more than a second. */
const answers = new Map<string, Promise<string>>();

async function asked(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const model = Buffer.concat(parts);
  const runs = Number(request.url?.split('runs=')[1]);
  const key = `${runs} ${model.toString('base64')}`;
  const answer = answers.get(key) ?? listed(model, runs);
  answers.set(key, answer);
  return answer;
}

async function listed(model: Buffer, runs: number): Promise<string> {
  const {calledFunctions} = (await import(cli)) as {calledFunctions(order: object): Promise<string>};
  const folder = await mkdtemp(join(tmpdir(), 'kedge-functions-'));
  const file = join(folder, 'model.onnx');
  await writeFile(file, model);
  const rows = (count: number) => ({
    x: {dtype: 'float32' as const, shape: [count, 1], data: new Float32Array(count)},
  });
  const outputs = [{name: 'y', dtype: 'float32', shape: ['batch', 1]}];
  const version = {model: 'm', version: '1.0.0', format: 'onnx' as const, entry: 'model.onnx', inputs: [], outputs};
  try {
    return await calledFunctions({
      ...{dist, file: 'ort-wasm-simd-threaded.wasm', version, files: new Map([['model.onnx', file]])},
      inputs: Array.from({length: runs}, (_, i) => rows(i + 1)),
    });
  } finally {
    await rm(folder, {recursive: true});
  }
}
