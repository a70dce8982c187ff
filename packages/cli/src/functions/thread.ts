import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {parentPort, workerData} from 'node:worker_threads';
import {onnxRuntime, type OrtModule, type Runtime} from '@kedge/client/runtime';
import {type Manifest, toBase64} from '@kedge/core';
import type {Order} from './called.js';
import {marking} from './marking.js';

const memoryPages = 2 ** 15;
/** The last MiB of that memory: models stay far below it. */
const base = memoryPages * 2 ** 16 - 2 ** 20;

/** The client's own adapter over a fresh onnxruntime-web: what is seen here is what devices do. @param copy modules of different names share nothing */
async function fresh({dist, file}: Order, copy: string): Promise<Runtime> {
  const url = pathToFileURL(join(dist, 'ort.wasm.min.mjs')).href;
  const ort = (await import(`${url}?${copy}`)) as OrtModule;
  ort.env.logLevel = 'error';
  ort.env.wasm!.numThreads = 1;
  return onnxRuntime({module: async () => ort, binary: () => file});
}

/** Node has it, its types do not. */
declare const WebAssembly: {Memory: new (descriptor: {initial: number}) => Memory};
interface Memory {
  readonly buffer: ArrayBuffer;
}

/** @returns the memory that `start` made, so large that the marks lie beyond all that a runtime uses */
async function inLargeMemory(start: () => Promise<unknown>): Promise<Memory> {
  const {Memory} = WebAssembly;
  const made: Memory[] = [];
  class Large extends Memory {
    constructor(descriptor: {initial: number}) {
      super({...descriptor, initial: memoryPages});
      made.push(this);
    }
  }
  WebAssembly.Memory = Large;
  await start();
  WebAssembly.Memory = Memory;
  if (!made[0]) throw new Error('onnxruntime-web made no memory of its own');
  return made[0];
}

async function use(runtime: Runtime, {version, files, inputs}: Order): Promise<void> {
  const read = [...files].map(async ([path, file]) => [path, new Uint8Array(await readFile(file))] as const);
  // Of a manifest the adapter reads the names and the entry only.
  const session = await runtime.load(version as Manifest, new Map(await Promise.all(read)), 'wasm');
  for (const tensors of inputs) await session.run(tensors);
  await session.release();
}

async function called(order: Order): Promise<string> {
  const whole = new Uint8Array(await readFile(join(order.dist, order.file)));
  const image = await (await fresh(order, 'plain')).warm?.('wasm', {binary: whole});
  const {binary, count} = marking(whole, base);
  const runtime = await fresh(order, 'marked');
  const {buffer} = await inLargeMemory(async () => runtime.warm?.('wasm', {binary, image}));
  await use(runtime, order);
  const bits = new Uint8Array(Math.ceil(count / 8));
  new Uint8Array(buffer, base, count).forEach((mark, i) => (bits[i >> 3]! |= mark << (i & 7)));
  return toBase64(bits);
}

parentPort?.postMessage(await called(workerData as Order));
