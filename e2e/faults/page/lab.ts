import {createKedge, type Kedge, type KedgeOptions, type Model} from '@kedge/client';
import {onnx} from '@kedge/client/onnx';
import {metChannel, mortalChannel, readsChannel, tamper, toMeet, type Tamper} from './tamper.js';

/** One visit of a person, as the driver plans it. */
export interface VisitPlan {
  config: Omit<KedgeOptions, 'runtimes' | 'unitId'>;
  model: string;
  /** What the model is asked for: a row of its tables. */
  ask: readonly number[];
  tamper?: Tamper;
  /** Stops the installation after so long. */
  abortAfterMs?: number;
  deadlineMs?: number;
}

export interface Visit {
  served: {source: string; version: string | null; reason: string};
  outputs: number[];
  /** Codes, in order. */
  problems: string[];
  messages: string[];
  releaseVersion: number | null;
  releaseProblem: string | null;
  storageKind: string;
  stored: {version: string; state: string}[];
  /** States of the progress that was told. */
  progress: string[];
  /** Code or name of what `model` or `predict` rejected with. */
  rejected: string | null;
  ms: number;
  /** Bytes that its worker took from connections, where they are counted. */
  readBytes: number | null;
  /** Of what is wrong with the device, what the client ran into, and what it did not. */
  met: string[];
  unmet: string[];
}

let kedge: Kedge | undefined;
let model: Model | undefined;
let current: VisitPlan | undefined;
let running: Promise<Visit> | undefined;
const changes: string[] = [];
const progress: {state: string; reason?: string; loadedBytes?: number}[] = [];

const naive = -1;

function runtimeFor(plan: VisitPlan) {
  const {tamper: wrong} = plan;
  if (!wrong) return onnx({providers: ['wasm']});
  const createWorker = () =>
    new Worker(new URL('./tampered-worker.ts', import.meta.url), {type: 'module', name: JSON.stringify(wrong)});
  return onnx({providers: ['wasm'], createWorker});
}

// An abort's own error has a number under this name.
const codeOf = (error: Error) => ('code' in error && typeof error.code === 'string' ? error.code : error.name);

async function predict(plan: VisitPlan) {
  const prediction = await model!.predict(
    {x: {data: Float32Array.from(plan.ask), shape: [plan.ask.length, 1]}},
    plan.deadlineMs === undefined ? {} : {deadlineMs: plan.deadlineMs},
  );
  return {served: prediction.served, outputs: Array.from(prediction.outputs['y']!.data as Float32Array, Number)};
}

interface Got {
  served: Visit['served'];
  outputs: number[];
}

const nothing: Got = {served: {source: 'none', version: null, reason: ''}, outputs: []};

async function answer(plan: VisitPlan, startedMs: number): Promise<Visit> {
  let rejected: Error | null = null;
  let got = nothing;
  try {
    const signal = plan.abortAfterMs === undefined ? {} : {signal: AbortSignal.timeout(plan.abortAfterMs)};
    model = await kedge!.model(plan.model, {
      ...signal,
      baseline: ({x}) => ({y: new Float32Array((x?.data.length ?? 1) * 8).fill(naive)}),
      onProgress: told => void progress.push(told),
    });
    got = await predict(plan);
  } catch (error) {
    rejected = error as Error;
  }
  return report(got, rejected, performance.now() - startedMs);
}

/** Where there is no worker, or no store, there is an error in its place; what was served counts. */
async function stored(): Promise<{kind: string; versions: readonly {version: string; state: string}[]}> {
  return kedge!.storage().catch((error: Error) => ({kind: codeOf(error), versions: []}));
}

/** By the worker's own count. */
async function readBytes(): Promise<number | null> {
  if (!current?.tamper?.countsReads) return null;
  const channel = new BroadcastChannel(readsChannel);
  const told = new Promise<number>(resolve => {
    channel.addEventListener('message', ({data}) => typeof data === 'number' && resolve(data));
  });
  channel.postMessage('how many');
  return told.finally(() => channel.close());
}

const met = new Set<string>();
const meetings = new BroadcastChannel(metChannel);
meetings.addEventListener('message', ({data}) => met.add(data as string));

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

/** Waits a little for each: a worker's word for it may come after the answer. */
async function meetingsOf(wrong: Tamper | undefined): Promise<Pick<Visit, 'met' | 'unmet'>> {
  const all = toMeet(wrong);
  for (let tries = 0; tries < 20 && !all.every(one => met.has(one)); tries++) await pause(50);
  return {met: all.filter(one => met.has(one)), unmet: all.filter(one => !met.has(one))};
}

async function report(got: Got, rejected: Error | null, ms: number): Promise<Visit> {
  const {kind, versions} = await stored();
  return {
    served: got.served,
    outputs: got.outputs,
    problems: model?.problems.map(({code}) => code) ?? [],
    messages: [...(model?.problems.map(({message}) => message) ?? []), ...(rejected ? [rejected.message] : [])],
    releaseVersion: kedge!.release?.version ?? null,
    releaseProblem: kedge!.releaseProblem?.code ?? null,
    storageKind: kind,
    stored: versions.map(({version, state}) => ({version, state})),
    progress: [...new Set(progress.map(({state}) => state))],
    rejected: rejected === null ? null : codeOf(rejected),
    ms,
    readBytes: await readBytes(),
    ...(await meetingsOf(current?.tamper)),
  };
}

async function visit(plan: VisitPlan): Promise<Visit> {
  const startedMs = performance.now();
  current = plan;
  if (plan.tamper) tamper(plan.tamper);
  kedge = await createKedge({releaseWaitMs: 30_000, ...plan.config, runtimes: [runtimeFor(plan)], unitId: 'unit-1'});
  kedge.on('storage', ({kind}) => changes.push(kind));
  return answer(plan, startedMs);
}

const lab = {
  visit,
  /** Begins a visit that something will happen to. */
  begin(plan: VisitPlan) {
    running = visit(plan);
    running.catch(() => {});
  },
  finished: () => running!,
  progress: () => progress.at(-1) ?? null,
  /** Whether another tab was at it when this one asked. */
  waited: () => progress.some(({reason}) => reason === 'other_tab'),
  /** Asks the model once more, as it is loaded. */
  predict: async () => {
    try {
      return await report(await predict(current!), null, 0);
    } catch (error) {
      return report(nothing, error as Error, 0);
    }
  },
  /** Asks for the model anew in the same page: the next try of a person who stayed. */
  again: () => answer(current!, performance.now()),
  /** Ends a worker that was made mortal; resolves once it knows. */
  async killWorker(how: 'loudly' | 'silently') {
    new BroadcastChannel(mortalChannel).postMessage(how);
    while (!met.has('mortal')) await pause(5);
  },
  refresh: () => kedge!.refresh(),
  storage: () => kedge!.storage(),
  /** What `on('storage')` told, in order. */
  changes: () => changes,
  forget: () => kedge!.forget(),
  close: () => kedge?.close(),
};

export type Lab = typeof lab;

Object.assign(globalThis, {lab});
