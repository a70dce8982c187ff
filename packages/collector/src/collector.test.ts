import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {type Context, encodeBatch, type KedgeEvent} from '@kedge/core';
import Database from 'libsql';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {
  type Collector,
  type CollectorOptions,
  createCollector,
  type EventStore,
  openSqliteStore,
  type Report,
} from './index.js';

const context: Context = {
  unit: 'unit-1',
  model: 'digits',
  experiment: 'cnn',
  phase: 1,
  arm: 'champion',
  version: '1.0.0',
  digest: null,
  source: 'model',
  provider: 'wasm',
  release: 3,
};
const at = 1_790_000_000_000;

const assigned = (over: Partial<Context> = {}): KedgeEvent => ({kind: 'assigned', at, context: {...context, ...over}});
const predictions = (n: number, over: Partial<Context> = {}): KedgeEvent[] =>
  Array.from({length: n}, (_, i) => ({
    kind: 'prediction',
    at: at + i,
    context: {...context, ...over},
    latencyMs: 5,
    predicted: 1,
  }));

interface Sent {
  producer?: string;
  seq?: number;
  writeKey?: string;
}

const batchOf = (events: readonly KedgeEvent[], {producer = 'p', seq = 0, writeKey = 'key'}: Sent = {}) =>
  encodeBatch({writeKey, producer, epoch: 'e', seq, sdk: 'test'}, events);

const post = (body: BodyInit | null, headers: Record<string, string> = {}) =>
  new Request('http://collector/v1/events', {method: 'POST', body, headers});

let folder: string;
let collector: Collector;
const path = () => join(folder, 'events.db');

function open(options: Partial<CollectorOptions> = {}): Collector {
  return (collector = createCollector({store: openSqliteStore({path: path()}), writeKeys: [{key: 'key'}], ...options}));
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kedge-collector-'));
});

afterEach(async () => {
  await collector.close();
  rmSync(folder, {recursive: true});
});

const send = (events: readonly KedgeEvent[], sent?: Sent) =>
  collector.fetch(post(gzipSync(JSON.stringify(batchOf(events, sent)))));

async function report(query = ''): Promise<Report> {
  return (await collector.fetch(new Request(`http://collector/v1/report${query}`))).json() as Promise<Report>;
}

const champion = async () => (await report()).experiments[0]!.arms[0]!;

function query<T>(sql: string): T[] {
  const db = new Database(path());
  try {
    return db.prepare(sql).all() as T[];
  } finally {
    db.close();
  }
}

const quarantined = () => query<{reason: string}>('SELECT reason FROM quarantine');

describe('POST /v1/events', () => {
  it('accepts gzipped and plain batches, told apart by their first bytes', async () => {
    open();
    const gzipped = await send(predictions(3));
    expect([gzipped.status, await gzipped.json()]).toEqual([202, {accepted: 3, duplicates: 0}]);
    const plain = await collector.fetch(post(JSON.stringify(batchOf(predictions(2), {producer: 'q'}))));
    expect([plain.status, await plain.json()]).toEqual([202, {accepted: 2, duplicates: 0}]);
    expect((await champion()).predictions).toBe(5);
  });

  it('has stored what it answered 202 for, and goes on after reopening', async () => {
    open();
    await send(predictions(3));
    await collector.close();
    open();
    const again = await send(predictions(5));
    expect(await again.json()).toEqual({accepted: 2, duplicates: 3});
    expect((await champion()).predictions).toBe(5);
  });

  it('counts a batch once that comes fifty times at once', async () => {
    open();
    const body = gzipSync(JSON.stringify(batchOf([assigned(), ...predictions(9)])));
    const answers = await Promise.all(Array.from({length: 50}, () => collector.fetch(post(body))));
    const results = (await Promise.all(answers.map(answer => answer.json()))) as {accepted: number}[];
    expect(answers.every(({status}) => status === 202)).toBe(true);
    expect(results.reduce((sum, {accepted}) => sum + accepted, 0)).toBe(10);
    const {units, predictions: counted} = await champion();
    expect([units.assigned, counted]).toEqual([1, 9]);
    expect(query('SELECT id FROM batches')).toHaveLength(1);
  });

  it('counts only what is new of batches that overlap or come in another order', async () => {
    open();
    const all = predictions(10).map((event, i) => ({...event, context: {...context, unit: `unit-${i}`}}));
    const answers = [];
    for (const [start, end] of [
      [6, 10],
      [0, 4],
      [2, 8],
      [0, 10],
    ] as const)
      // prettier-ignore
      answers.push(await (await send(all.slice(start, end), {seq: start})).json());
    expect(answers).toEqual([
      {accepted: 4, duplicates: 0},
      {accepted: 4, duplicates: 0},
      {accepted: 2, duplicates: 4},
      {accepted: 0, duplicates: 10},
    ]);
    expect((await champion()).units.served).toBe(10);
  });

  it('knows producers, epochs and projects apart', async () => {
    open({writeKeys: [{key: 'key'}, {key: 'other', project: 'shop'}]});
    await send(predictions(2));
    await send(predictions(2), {producer: 'q'});
    await send(predictions(2), {writeKey: 'other'});
    const {experiments} = await report();
    expect(experiments.map(({project, arms}) => [project, arms[0]!.predictions])).toEqual([
      ['default', 4],
      ['shop', 2],
    ]);
    expect((await report('?project=shop')).experiments).toHaveLength(1);
  });

  it('keeps the body as it came', async () => {
    open();
    const body = gzipSync(JSON.stringify(batchOf(predictions(2))), {level: 9});
    await collector.fetch(post(body));
    const [row] = query<{body: ArrayBuffer; events: number}>('SELECT body, events FROM batches');
    expect(Buffer.from(row!.body).equals(body)).toBe(true);
    expect(row!.events).toBe(2);
  });

  it('takes a second process on the same file for what it is', async () => {
    open();
    await send(predictions(4));
    const other = createCollector({store: openSqliteStore({path: path()}), writeKeys: [{key: 'key'}]});
    const body = () => post(JSON.stringify(batchOf(predictions(6))));
    expect(await (await other.fetch(body())).json()).toEqual({accepted: 2, duplicates: 4});
    expect(await (await collector.fetch(body())).json()).toEqual({accepted: 0, duplicates: 6});
    await other.close();
    expect((await champion()).predictions).toBe(6);
  });

  it('survives names that a prototype or a database could trip over', async () => {
    open();
    const odd = ['__proto__', 'constructor', 'a\u0000b', '\ud800', '\ud801', '💡', "'; DROP TABLE arms; --"];
    const events = odd.map((name): KedgeEvent => ({
      kind: 'metric',
      at,
      context: {...context, unit: name},
      name,
      value: 2,
    }));
    expect((await send(events)).status).toBe(202);
    const {metrics} = await champion();
    // Both lone surrogates become U+FFFD, as they do in UTF-8.
    expect(metrics.map(({name, n}) => [name, n])).toEqual([
      ['__proto__', 1],
      ['constructor', 1],
      ['a\ufffdb', 1],
      ['\ufffd', 2],
      ['💡', 1],
      ["'; DROP TABLE arms; --", 1],
    ]);
  });

  it('takes ten thousand events in a moment', async () => {
    open();
    const answers = await Promise.all(
      Array.from({length: 200}, (_, i) => send(predictions(50, {unit: `u${i}`}), {producer: `p${i}`})),
    );
    expect(answers.every(({status}) => status === 202)).toBe(true);
    const {units, predictions: counted} = await champion();
    expect([units.served, counted]).toEqual([200, 10_000]);
  });
});

describe('what is refused', () => {
  async function refusal(request: Request): Promise<{status: number; code: string; message: string}> {
    const response = await collector.fetch(request);
    const {error} = (await response.json()) as {error: {code: string; message: string}};
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    return {status: response.status, ...error};
  }

  it('names the field of a batch that does not fit, and sets it aside', async () => {
    open();
    const wrong = {...batchOf(predictions(1)), t: ['soon']};
    const {status, code, message} = await refusal(post(gzipSync(JSON.stringify(wrong))));
    expect([status, code]).toEqual([400, 'events_invalid']);
    expect(message).toContain('t.0');
    expect(quarantined()[0]!.reason).toBe(message);
  });

  it.each([
    ['HTML', '<!doctype html><title>503</title>', '<!doctype html>'],
    ['nothing', '', 'not JSON'],
    ['null', 'null', 'batch'],
    ['a number', '7', 'batch'],
    ['text that is not UTF-8', Buffer.from([0x7b, 0xff, 0xfe]), 'UTF-8'],
    ['a truncated gzip', gzipSync(JSON.stringify({writeKey: 'key'})).subarray(0, 20), 'gzip'],
    ['gzip within gzip', gzipSync(gzipSync('{}')), 'UTF-8'],
    ['a hundred thousand brackets', '['.repeat(100_000), 'JSON'],
    ['a hundred thousand nested lists', '['.repeat(100_000) + ']'.repeat(100_000), 'batch'],
  ])('%s: 400, set aside', async (_, body, told) => {
    open();
    const {status, code, message} = await refusal(post(body));
    expect([status, code]).toEqual([400, 'events_invalid']);
    expect(message).toContain(told);
    expect(quarantined()).toHaveLength(1);
  });

  it.each([
    ['columns that are too short', {c: []}, 'column c'],
    ['a context that is not there', {c: [9]}, 'contexts'],
    ['an infinite time', {at: '1e400'}, 'at'],
    ['another schema', {schema: 'kedge.batch/2'}, 'schema'],
    ['a number past counting', {seq: Number.MAX_SAFE_INTEGER}, 'seq'],
    ['more events than a batch holds', {kinds: 'a'.repeat(501)}, 'kinds'],
  ])('%s: 400', async (_, over, told) => {
    open();
    const text = JSON.stringify({...batchOf([assigned()]), ...over}).replace('"1e400"', '1e400');
    const {status, message} = await refusal(post(text));
    expect(status).toBe(400);
    expect(message).toContain(told);
    expect((await report()).experiments).toEqual([]);
  });

  it('a bomb is not inflated past the limit', async () => {
    open();
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const before = process.memoryUsage().arrayBuffers;
    expect(await refusal(post(bomb))).toMatchObject({status: 413, code: 'too_large'});
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
    const ratio = gzipSync(' '.repeat(1024 * 1024));
    expect(await refusal(post(ratio))).toMatchObject({status: 413});
  });

  it('a body that is too long, declared or not', async () => {
    open();
    const endless = new ReadableStream({pull: controller => controller.enqueue(new Uint8Array(64 * 1024))});
    const streamed = new Request('http://collector/v1/events', {
      method: 'POST',
      body: endless,
      duplex: 'half',
    } as RequestInit);
    expect(await refusal(streamed)).toMatchObject({status: 413});
    expect(await refusal(post('{}', {'content-length': '99999999'}))).toMatchObject({status: 413});
    expect(await refusal(post('x'.repeat(2 * 1024 * 1024), {'content-length': '2'}))).toMatchObject({status: 413});
    const noise = Buffer.from(Array.from({length: 300_000}, (_, i) => (i * 7919 + ((i * i) >> 5)) & 255));
    expect(await refusal(post(Buffer.concat([Buffer.from([0x1f, 0x8b]), noise])))).toMatchObject({status: 413});
  });

  it('an unknown key: 401, and nothing is kept', async () => {
    open();
    const body = JSON.stringify(batchOf([assigned()], {writeKey: 'stranger'}));
    expect(await refusal(post(body))).toMatchObject({status: 401, code: 'write_key_unknown'});
    expect(await refusal(post('{"writeKey": ["key"]}'))).toMatchObject({status: 401});
    expect(quarantined()).toEqual([]);
  });

  it('an origin that the key does not allow: 403', async () => {
    open({writeKeys: [{key: 'key', origins: ['https://shop.example']}]});
    const body = JSON.stringify(batchOf([assigned()]));
    expect(await refusal(post(body, {origin: 'https://evil.example'}))).toMatchObject({status: 403});
    expect(await refusal(post(body))).toMatchObject({status: 403});
    expect((await collector.fetch(post(body, {origin: 'https://shop.example'}))).status).toBe(202);
  });

  it('other paths and methods', async () => {
    open();
    expect(await refusal(new Request('http://collector/v1/nothing'))).toMatchObject({status: 404});
    expect(await refusal(new Request('http://collector/v1/events'))).toMatchObject({status: 405});
  });

  it('keeps quarantine bounded', async () => {
    open();
    await Promise.all(Array.from({length: 1100}, (_, i) => collector.fetch(post(`not JSON ${i}`))));
    expect(quarantined()).toHaveLength(1000);
  });
});

describe('when the store fails', () => {
  function failing(store: EventStore): {store: EventStore; repair(): void} {
    let broken = true;
    const write: EventStore['write'] = batches =>
      broken ? Promise.reject(new Error('database or disk is full')) : store.write(batches);
    const check = () => (broken ? Promise.reject(new Error('database or disk is full')) : store.check());
    const port: EventStore = {
      write,
      check,
      quarantine: rejected => store.quarantine(rejected),
      arms: filter => store.arms(filter),
      close: () => store.close(),
    };
    return {store: port, repair: () => (broken = false)};
  }

  it('answers 503 with Retry-After, tells nothing of the inside, and recovers', async () => {
    const {store, repair} = failing(openSqliteStore({path: path()}));
    open({store});
    const response = await send(predictions(3));
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await response.text()).not.toContain('disk');
    expect((await collector.fetch(new Request('http://collector/healthz'))).status).toBe(503);
    repair();
    expect(await (await send(predictions(3))).json()).toEqual({accepted: 3, duplicates: 0});
    expect((await collector.fetch(new Request('http://collector/healthz'))).status).toBe(200);
  });

  it('applies nothing of a commit that the database refuses', async () => {
    open();
    await send(predictions(2));
    const db = new Database(path());
    db.exec(`CREATE TRIGGER refuse BEFORE UPDATE ON arms BEGIN SELECT RAISE(ABORT, 'no'); END`);
    expect((await send(predictions(7))).status).toBe(503);
    db.exec('DROP TRIGGER refuse');
    db.close();
    expect((await champion()).predictions).toBe(2);
    expect(await (await send(predictions(7))).json()).toEqual({accepted: 5, duplicates: 2});
    expect((await champion()).predictions).toBe(7);
  });

  it('commits what waits when it closes, and refuses what comes after', async () => {
    open();
    const waiting = send(predictions(3));
    await new Promise(resolve => setTimeout(resolve, 1));
    await collector.close();
    const answer = await waiting;
    expect([202, 503]).toContain(answer.status);
    expect((await send(predictions(3))).status).toBe(503);
    const stored = query<{events: number}>('SELECT events FROM batches').reduce((sum, {events}) => sum + events, 0);
    expect(stored).toBe(answer.status === 202 ? 3 : 0);
    await collector.close();
  });

  it('refuses a file of a later version, or of something else', () => {
    open();
    const db = new Database(join(folder, 'later.db'));
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect(() => openSqliteStore({path: join(folder, 'later.db')})).toThrow(/later version/);
    expect(() => openSqliteStore({path: folder})).toThrow();
  });
});

describe('CORS and health', () => {
  it('answers a preflight for a day', async () => {
    open();
    const response = await collector.fetch(new Request('http://collector/v1/events', {method: 'OPTIONS'}));
    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-max-age': '86400',
    });
  });

  it('is healthy, in memory too', async () => {
    open({store: openSqliteStore({path: ':memory:'})});
    expect((await send(predictions(1))).status).toBe(202);
    const response = await collector.fetch(new Request('http://collector/healthz'));
    expect([response.status, await response.json()]).toEqual([200, {status: 'ok'}]);
  });

  it('refuses an empty key at once', () => {
    open();
    expect(() => createCollector({store: openSqliteStore({path: ':memory:'}), writeKeys: [{key: ''}]})).toThrow(
      TypeError,
    );
  });
});
