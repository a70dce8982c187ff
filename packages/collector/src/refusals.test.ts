import {gzipSync} from 'node:zlib';
import {describe, expect, it} from 'vitest';
import {assigned, batchOf, post, predictions, TestCollector} from './testing/test-collector.js';

const collector = new TestCollector();
const quarantined = () => collector.query<{reason: string}>('SELECT reason FROM quarantine');

describe('what is refused', () => {
  async function refusal(request: Request): Promise<{status: number; code: string; message: string}> {
    const response = await collector.fetch(request);
    const {error} = (await response.json()) as {error: {code: string; message: string}};
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    return {status: response.status, ...error};
  }

  it('names the field of a batch that does not fit, and sets it aside', async () => {
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
    const text = JSON.stringify({...batchOf([assigned()]), ...over}).replace('"1e400"', '1e400');
    const {status, message} = await refusal(post(text));
    expect(status).toBe(400);
    expect(message).toContain(told);
    expect((await collector.report()).experiments).toEqual([]);
  });

  it('a bomb is not inflated past the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const before = process.memoryUsage().arrayBuffers;
    expect(await refusal(post(bomb))).toMatchObject({status: 413, code: 'too_large'});
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
    const ratio = gzipSync(' '.repeat(1024 * 1024));
    expect(await refusal(post(ratio))).toMatchObject({status: 413});
  });

  it('a body that is too long, declared or not', async () => {
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
    const body = JSON.stringify(batchOf([assigned()], {writeKey: 'stranger'}));
    expect(await refusal(post(body))).toMatchObject({status: 401, code: 'write_key_unknown'});
    expect(await refusal(post('{"writeKey": ["key"]}'))).toMatchObject({status: 401});
    expect(quarantined()).toEqual([]);
  });

  it('an origin that the key does not allow: 403', async () => {
    await collector.reopen({writeKeys: [{key: 'key', origins: ['https://shop.example']}]});
    const body = JSON.stringify(batchOf([assigned()]));
    expect(await refusal(post(body, {origin: 'https://evil.example'}))).toMatchObject({status: 403});
    expect(await refusal(post(body))).toMatchObject({status: 403});
    expect((await collector.fetch(post(body, {origin: 'https://shop.example'}))).status).toBe(202);
  });

  it('other paths and methods', async () => {
    expect(await refusal(new Request('http://collector/v1/nothing'))).toMatchObject({status: 404});
    expect(await refusal(new Request('http://collector/v1/events'))).toMatchObject({status: 405});
  });

  it('keeps quarantine bounded', async () => {
    await Promise.all(Array.from({length: 1100}, (_, i) => collector.fetch(post(`not JSON ${i}`))));
    expect(quarantined()).toHaveLength(1000);
  });
});
