import {createHash} from 'node:crypto';
import type {KedgeEvent} from '@kedge/core';
import {describe, expect, it} from 'vitest';
import {at, context, predictions, TestCollector} from '../testing/test-collector.js';

const collector = new TestCollector();

describe('its forms', () => {
  it.each([
    ['/v1/report', {}, 'application/json'],
    ['/v1/report', {accept: '*/*'}, 'application/json'],
    ['/v1/report', {accept: 'text/html,application/xhtml+xml,*/*;q=0.8'}, 'text/html'],
    ['/v1/report', {accept: 'text/plain'}, 'text/plain'],
    ['/v1/report?format=html', {}, 'text/html'],
    ['/v1/report?format=text', {accept: 'text/html'}, 'text/plain'],
    ['/v1/report?format=json', {accept: 'text/html'}, 'application/json'],
  ])('%s with %j is %s', async (path, headers, type) => {
    const response = await collector.get(path, headers);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain(type);
  });

  it('the page escapes what came from outside, and allows its own style and script only', async () => {
    const evil = '<img src=x onerror=alert(1)>"\'&';
    await collector.send([
      {
        kind: 'failure',
        at,
        context: {...context, experiment: evil, arm: evil, model: evil},
        code: 'network',
        stage: 'download',
      },
      {kind: 'metric', at, context: {...context, experiment: evil, arm: evil, model: evil}, name: evil, value: 1},
      ...predictions(1, {experiment: evil, arm: evil, model: evil, version: evil, provider: evil}),
    ]);
    const response = await collector.get('/v1/report?format=html');
    const page = await response.text();
    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;');
    const policy = response.headers.get('content-security-policy')!;
    for (const tag of ['style', 'script']) {
      const [, text] = new RegExp(`<${tag}>(.*?)</${tag}>`, 's').exec(page)!;
      expect(policy).toContain(`'sha256-${createHash('sha256').update(text!).digest('base64')}'`);
    }
    expect(page).not.toMatch(/(?:src|href)="http/);
  });

  it('the page says so when nothing came yet', async () => {
    expect(await (await collector.get('/v1/report?format=html')).text()).toContain('No events yet');
    expect(await (await collector.get('/v1/report?format=text')).text()).toContain('No events yet');
  });

  it('the text lines its columns up and tells the verdict', async () => {
    const judged = (arm: string, correct: boolean, unit: string): KedgeEvent => ({
      kind: 'label',
      at,
      context: {...context, arm, unit},
      correct,
      predicted: null,
      truth: null,
      error: null,
    });
    const units = Array.from({length: 40}, (_, i) => `unit-${i}`);
    await collector.send(units.map((unit, i) => judged('champion', i % 2 === 0, unit)));
    await collector.send(
      units.map(unit => judged('challenger', true, unit)),
      {producer: 'q'},
    );
    const lines = (await (await collector.get('/v1/report?format=text')).text()).split('\n');
    expect(lines.some(line => line.includes('challenger is better'))).toBe(true);
    const head = lines.findIndex(line => line.startsWith('  arm '));
    const table = lines.slice(head, head + 3);
    expect(table.map(line => line.trim().split(/\s/)[0])).toEqual(['arm', 'champion', 'challenger']);
    expect(table[0]!.indexOf('interval') + 'interval'.length).toBe(table[1]!.lastIndexOf('%') + 1);
    expect(table[1]!.lastIndexOf('%')).toBe(table[2]!.lastIndexOf('%'));
  });
});

describe('the report token', () => {
  it('is asked for when set, as a header or a parameter', async () => {
    await collector.reopen({reportToken: 'secret'});
    const statuses = [
      await collector.get('/v1/report'),
      await collector.get('/v1/report?token=wrong'),
      await collector.get('/v1/report', {authorization: 'Bearer wrong'}),
      await collector.get('/v1/report', {authorization: 'Bearer secret'}),
      await collector.get('/v1/report?token=secret'),
      await collector.get('/healthz'),
    ].map(({status}) => status);
    expect(statuses).toEqual([401, 401, 401, 200, 200, 200]);
    expect((await collector.send(predictions(1))).status).toBe(202);
  });
});
