import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import type {KedgeEvent} from '@kedge/core';
import Database from 'libsql';
import {describe, expect, it} from 'vitest';
import {createCollector, type EventStore, openSqliteStore} from './index.js';
import {assigned, at, batchOf, context, post, predictions, TestCollector} from './testing/test-collector.js';

const collector = new TestCollector();

describe('POST /v1/events', () => {
  it('accepts gzipped and plain batches, told apart by their first bytes', async () => {
    const gzipped = await collector.send(predictions(3));
    expect([gzipped.status, await gzipped.json()]).toEqual([202, {accepted: 3, duplicates: 0}]);
    const plain = await collector.fetch(post(JSON.stringify(batchOf(predictions(2), {producer: 'q'}))));
    expect([plain.status, await plain.json()]).toEqual([202, {accepted: 2, duplicates: 0}]);
    expect((await collector.firstArm()).predictions).toBe(5);
  });

  it('has stored what it answered 202 for, and goes on after reopening', async () => {
    await collector.send(predictions(3));
    await collector.reopen();
    const again = await collector.send(predictions(5));
    expect(await again.json()).toEqual({accepted: 2, duplicates: 3});
    expect((await collector.firstArm()).predictions).toBe(5);
  });

  it('counts a batch once that comes fifty times at once', async () => {
    const body = gzipSync(JSON.stringify(batchOf([assigned(), ...predictions(9)])));
    const answers = await Promise.all(Array.from({length: 50}, () => collector.fetch(post(body))));
    const results = (await Promise.all(answers.map(answer => answer.json()))) as {accepted: number}[];
    expect(answers.every(({status}) => status === 202)).toBe(true);
    expect(results.reduce((sum, {accepted}) => sum + accepted, 0)).toBe(10);
    const {units, predictions: counted} = await collector.firstArm();
    expect([units.assigned, counted]).toEqual([1, 9]);
    expect(collector.query('SELECT id FROM batches')).toHaveLength(1);
  });

  it('counts only what is new of batches that overlap or come in another order', async () => {
    const all = predictions(10).map((event, i) => ({...event, context: {...context, unit: `unit-${i}`}}));
    const answers = [];
    for (const [start, end] of [
      [6, 10],
      [0, 4],
      [2, 8],
      [0, 10],
    ] as const)
      // prettier-ignore
      answers.push(await (await collector.send(all.slice(start, end), {seq: start})).json());
    expect(answers).toEqual([
      {accepted: 4, duplicates: 0},
      {accepted: 4, duplicates: 0},
      {accepted: 2, duplicates: 4},
      {accepted: 0, duplicates: 10},
    ]);
    expect((await collector.firstArm()).units.served).toBe(10);
  });

  it('knows producers, epochs and projects apart', async () => {
    await collector.reopen({writeKeys: [{key: 'key'}, {key: 'other', project: 'shop'}]});
    await collector.send(predictions(2));
    await collector.send(predictions(2), {producer: 'q'});
    await collector.send(predictions(2), {writeKey: 'other'});
    const {experiments} = await collector.report();
    expect(experiments.map(({project, arms}) => [project, arms[0]!.predictions])).toEqual([
      ['default', 4],
      ['shop', 2],
    ]);
    expect((await collector.report('?project=shop')).experiments).toHaveLength(1);
  });

  it('keeps the body as it came', async () => {
    const body = gzipSync(JSON.stringify(batchOf(predictions(2))), {level: 9});
    await collector.fetch(post(body));
    const [row] = collector.query<{body: ArrayBuffer; events: number}>('SELECT body, events FROM batches');
    expect(Buffer.from(row!.body).equals(body)).toBe(true);
    expect(row!.events).toBe(2);
  });

  it('takes a second process on the same file for what it is', async () => {
    await collector.send(predictions(4));
    const other = createCollector({store: openSqliteStore({path: collector.path}), writeKeys: [{key: 'key'}]});
    const body = () => post(JSON.stringify(batchOf(predictions(6))));
    expect(await (await other.fetch(body())).json()).toEqual({accepted: 2, duplicates: 4});
    expect(await (await collector.fetch(body())).json()).toEqual({accepted: 0, duplicates: 6});
    await other.close();
    expect((await collector.firstArm()).predictions).toBe(6);
  });

  it('survives names that a prototype or a database could trip over', async () => {
    const odd = ['__proto__', 'constructor', 'a\u0000b', '\ud800', '\ud801', '💡', "'; DROP TABLE arms; --"];
    const events = odd.map((name): KedgeEvent => ({
      kind: 'metric',
      at,
      context: {...context, unit: name},
      name,
      value: 2,
    }));
    expect((await collector.send(events)).status).toBe(202);
    const {metrics} = await collector.firstArm();
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

  it('counts arms past the bound together, so that a public key cannot make the report grow forever', async () => {
    for (let i = 0; i < 5_100; i += 300) {
      const events = Array.from({length: 300}, (_, j) => assigned({experiment: `e${i + j}`, unit: `u${j}`}));
      expect((await collector.send(events, {producer: `p${i}`})).status).toBe(202);
    }
    const {experiments, models} = await collector.report();
    expect(experiments).toHaveLength(5_000);
    expect(models).toMatchObject([{model: 'other', units: {assigned: 100}}]);
    await collector.reopen();
    expect((await collector.send([assigned({experiment: 'e0', unit: 'new'})], {producer: 'q'})).status).toBe(202);
    expect((await collector.report('?experiment=e0')).experiments[0]!.arms[0]!.units.assigned).toBe(2);
  }, 20_000);

  it('takes ten thousand events in a moment', async () => {
    const answers = await Promise.all(
      Array.from({length: 200}, (_, i) => collector.send(predictions(50, {unit: `u${i}`}), {producer: `p${i}`})),
    );
    expect(answers.every(({status}) => status === 202)).toBe(true);
    const {units, predictions: counted} = await collector.firstArm();
    expect([units.served, counted]).toEqual([200, 10_000]);
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
      weights: () => store.weights(),
      rememberWeights: weights => store.rememberWeights(weights),
      close: () => store.close(),
    };
    return {store: port, repair: () => (broken = false)};
  }

  it('answers 503 with Retry-After, tells nothing of the inside, and recovers', async () => {
    const {store, repair} = failing(openSqliteStore({path: collector.path}));
    await collector.reopen({store});
    const response = await collector.send(predictions(3));
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await response.text()).not.toContain('disk');
    expect((await collector.get('/healthz')).status).toBe(503);
    repair();
    expect(await (await collector.send(predictions(3))).json()).toEqual({accepted: 3, duplicates: 0});
    expect((await collector.get('/healthz')).status).toBe(200);
  });

  it('applies nothing of a commit that the database refuses', async () => {
    await collector.send(predictions(2));
    const db = new Database(collector.path);
    db.exec(`CREATE TRIGGER refuse BEFORE UPDATE ON arms BEGIN SELECT RAISE(ABORT, 'no'); END`);
    expect((await collector.send(predictions(7))).status).toBe(503);
    db.exec('DROP TRIGGER refuse');
    db.close();
    expect((await collector.firstArm()).predictions).toBe(2);
    expect(await (await collector.send(predictions(7))).json()).toEqual({accepted: 5, duplicates: 2});
    expect((await collector.firstArm()).predictions).toBe(7);
  });

  it('commits what waits when it closes, and refuses what comes after', async () => {
    const waiting = collector.send(predictions(3));
    await new Promise(resolve => setTimeout(resolve, 1));
    await collector.close();
    const answer = await waiting;
    expect([202, 503]).toContain(answer.status);
    expect((await collector.send(predictions(3))).status).toBe(503);
    const stored = collector
      .query<{events: number}>('SELECT events FROM batches')
      .reduce((sum, {events}) => sum + events, 0);
    expect(stored).toBe(answer.status === 202 ? 3 : 0);
    await collector.close();
  });

  it('refuses a file of a later version, or of something else', () => {
    const db = new Database(join(collector.folder, 'later.db'));
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect(() => openSqliteStore({path: join(collector.folder, 'later.db')})).toThrow(/later version/);
    expect(() => openSqliteStore({path: collector.folder})).toThrow();
  });
});

describe('CORS and health', () => {
  it('answers a preflight for a day', async () => {
    const response = await collector.fetch(new Request('http://collector/v1/events', {method: 'OPTIONS'}));
    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-max-age': '86400',
    });
  });

  it('is healthy, in memory too', async () => {
    await collector.reopen({store: openSqliteStore({path: ':memory:'})});
    expect((await collector.send(predictions(1))).status).toBe(202);
    const response = await collector.get('/healthz');
    expect([response.status, await response.json()]).toEqual([200, {status: 'ok'}]);
  });

  it('refuses an empty key at once', () => {
    expect(() => createCollector({store: openSqliteStore({path: ':memory:'}), writeKeys: [{key: ''}]})).toThrow(
      TypeError,
    );
  });
});
