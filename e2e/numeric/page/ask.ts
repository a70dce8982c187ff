import {createKedge, type ExecutionProvider, isKedgeError, type Kedge, type KedgeOptions} from '@kedge/client';
import {onnx} from '@kedge/client/onnx';
import {tfjs} from '@kedge/client/tfjs';
import {arrayOf} from '@kedge/client/runtime';
import type {Golden} from '@kedge/core';
import {type Arm, armOf} from '../arms.mjs';
import {compare, type Difference} from '../compare.mjs';
import type {Tensor} from '../case.mjs';
import {aboutImage, hasAll} from './trimmed.js';

/** A refusal by its code and words. */
export interface Refusal {
  code: string;
  message: string;
}

export interface Answer {
  /** What the client said of a version whose reference is its golden example. */
  checked: {provider: ExecutionProvider} | Refusal;
  /** Of an arm that is trimmed: whether the worker began with the kept functions alone, and no other one was needed. */
  trimmed?: boolean;
  /** Measured, also where the golden test refused; a refusal where it can't run. */
  difference: Difference | Refusal;
  /** Asked only where it was refused: which provider served when WASM may as well, and whether it was right. */
  instead?: {provider: ExecutionProvider; wrong: string | null} | Refusal;
}

declare global {
  var ask: (model: string, arm: string) => Promise<Answer>;
  var visit: (models: readonly string[]) => Promise<void>;
  interface Window {
    ask(model: string, arm: string): Promise<Answer>;
    /** A first visit, which keeps what the next one of the same browser begins with: the functions that these models call. */
    visit(models: readonly string[]): Promise<void>;
  }
}

const config = (await (await fetch('./config.json')).json()) as Pick<KedgeOptions, 'trustedKeys'>;
const clients = new Map<string, Promise<Kedge>>();

const createWorker = () => new Worker(new URL('./asyncify-worker.ts', import.meta.url), {type: 'module'});
const runtimes = {
  onnx: ({asyncify}: Arm, providers: readonly ExecutionProvider[]) =>
    onnx({providers, ...(asyncify && {createWorker})}),
  tfjs: (_: Arm, providers: readonly ExecutionProvider[]) => tfjs({providers}),
};

/** One client, and so one worker, for each arm, channel and list of providers. */
function clientFor(name: string, channel: string, providers: readonly ExecutionProvider[]): Promise<Kedge> {
  const arm = armOf(name);
  const key = `${name} ${channel} ${providers.join()}`;
  const known = clients.get(key);
  if (known) return known;
  const registry = new URL('/registry', location.href).href;
  const made = createKedge({
    ...config,
    registry,
    channel,
    runtimes: [runtimes[arm.runtime](arm, providers)],
    unitId: 'numeric',
  });
  clients.set(key, made);
  return made;
}

interface Fixture {
  inputs: Record<string, Tensor>;
  expected: Record<string, Tensor>;
  tolerance: Golden['tolerance'];
  functions: string | undefined;
}

/** The golden example of a model, read as the registry has it. */
async function fixtureOf(model: string): Promise<Fixture> {
  const {entry, blob, functions} = (await (await fetch(`./golden/${model}.json`)).json()) as {
    entry: Golden;
    blob: string;
    functions?: string;
  };
  const bytes = await (await fetch(`/registry/blobs/${blob}`)).arrayBuffer();
  const read = (slices: Golden['inputs']) =>
    Object.fromEntries(
      Object.entries(slices).map(([name, {dtype, shape, offset, bytes: length}]) => {
        const data = new (arrayOf(dtype))(bytes.slice(offset, offset + length));
        return [name, {dtype, shape, data}];
      }),
    );
  return {inputs: read(entry.inputs), expected: read(entry.outputs), tolerance: entry.tolerance, functions};
}

async function predict(kedge: Kedge, name: string, {inputs, expected, tolerance}: Fixture) {
  const model = await kedge.model(name);
  const {outputs, served} = await model.predict(inputs);
  return {provider: served.executionProvider!, difference: compare(expected, outputs, tolerance)};
}

async function refusedOr<T>(work: () => Promise<T>): Promise<T | Refusal> {
  try {
    return await work();
  } catch (error) {
    if (isKedgeError(error)) return {code: error.code, message: error.message};
    throw error;
  }
}

window.ask = async (name, arm) => {
  const {provider, trimmed} = armOf(arm);
  const asked = async (channel: string, ...providers: ExecutionProvider[]) =>
    refusedOr(async () => predict(await clientFor(arm, channel, providers), name, fixture));
  const fixture = await fixtureOf(name);
  const checked = await asked(trimmed ? 'trimmed' : 'checked', provider);
  const began = trimmed && {trimmed: await beganTrimmed(fixture)};
  if (!('code' in checked)) return {checked: {provider: checked.provider}, difference: checked.difference, ...began};
  const measured = checked.code === 'golden_mismatch' ? await asked('unchecked', provider) : checked;
  const difference = 'code' in measured ? measured : measured.difference;
  if (provider === 'wasm') return {checked, difference, ...began};
  const instead = await asked('checked', provider, 'wasm');
  return {
    ...{checked, difference},
    instead: 'code' in instead ? instead : {provider: instead.provider, wrong: instead.difference.wrong},
  };
};
let workers = 0;
globalThis.Worker = class extends Worker {
  constructor(...options: ConstructorParameters<typeof Worker>) {
    super(...options);
    workers++;
  }
};

/** A worker whose binary lacks a function, or began with all, is another one's first or second. */
async function beganTrimmed({functions}: Fixture): Promise<boolean> {
  const about = await aboutImage();
  return workers === 1 && about?.state === 'proven' && !about.trapped && hasAll(about, [functions!]);
}

window.visit = async names => {
  const kedge = await clientFor('wasm-trimmed', 'trimmed', ['wasm']);
  const lists: string[] = [];
  for (const name of names) {
    const fixture = await fixtureOf(name);
    lists.push(fixture.functions!);
    await refusedOr(() => predict(kedge, name, fixture));
  }
  // It is written beside the answers.
  for (let left = 100; left > 0 && !hasAll((await aboutImage())!, lists); left--)
    await new Promise(resolve => setTimeout(resolve, 100));
  await kedge.close();
};
document.documentElement.dataset['ready'] = '';
