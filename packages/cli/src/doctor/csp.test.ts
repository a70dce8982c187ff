import {describe, expect, it} from 'vitest';
import {allowsUrl, allowsWasm, metaPolicies, parsePolicies} from './csp.js';

const page = 'https://app.example/index.html';
const one = (text: string) => parsePolicies(text)[0]!;

describe('WebAssembly', () => {
  it.each([
    ["script-src 'self'", false],
    ["script-src 'self' 'wasm-unsafe-eval'", true],
    ["script-src 'self' 'UNSAFE-EVAL'", true],
    ["default-src 'self'", false],
    ["default-src 'self' 'wasm-unsafe-eval'", true],
    ["default-src 'self'; script-src 'self' 'wasm-unsafe-eval'", true],
    ["img-src 'self'", true],
    // The first of two directives counts.
    ["script-src 'self'; script-src 'wasm-unsafe-eval'", false],
  ])('%s: %s', (policy, expected) => {
    expect(allowsWasm(one(policy))).toBe(expected);
  });
});

describe('a worker of the page’s own origin', () => {
  it.each([
    ["worker-src 'self'", true],
    ["worker-src 'none'", false],
    ['worker-src blob:', false],
    ["child-src 'none'; script-src 'self'", false],
    ["script-src 'self'", true],
    ["default-src 'none'", false],
    ["default-src 'none'; worker-src https://app.example/assets/", true],
    ["default-src 'none'; worker-src https://app.example/other/", false],
    ["connect-src 'none'", true],
  ])('%s: %s', (policy, expected) => {
    expect(allowsUrl(one(policy), 'worker-src', 'https://app.example/assets/worker.js', page)).toBe(expected);
  });
});

describe('a registry elsewhere', () => {
  const registry = 'https://models.example/channels/prod.json';
  it.each([
    ["connect-src 'self'", registry, false],
    ['connect-src *', registry, true],
    ['connect-src https:', registry, true],
    ['connect-src http:', registry, true],
    ['connect-src wss:', registry, false],
    ['connect-src models.example', registry, true],
    ['connect-src MODELS.example', registry, true],
    ['connect-src *.example', registry, true],
    ['connect-src *.models.example', registry, false],
    ['connect-src http://models.example', registry, true],
    ['connect-src https://models.example:443', registry, true],
    ['connect-src https://models.example:8443', registry, false],
    ['connect-src https://models.example:*', 'https://models.example:8443/channels/prod.json', true],
    ['connect-src models.example', 'http://models.example/channels/prod.json', false],
    ['connect-src https://models.example/channels/', registry, true],
    ['connect-src https://models.example/blobs/', registry, false],
    ['connect-src', registry, false],
  ])('%s for %s: %s', (policy, url, expected) => {
    expect(allowsUrl(one(policy), 'connect-src', url, page)).toBe(expected);
  });
});

it('reads every policy of a header and of a page', () => {
  expect(parsePolicies("script-src 'self', default-src *; ,")).toHaveLength(2);
  const html = `<meta charset=utf-8><META http-equiv="Content-Security-Policy" content="script-src &#39;self&#39;">
    <meta content='default-src *' http-equiv=content-security-policy><meta name="x" content="y">`;
  expect(metaPolicies(html).map(policy => [...policy])).toEqual([
    [['script-src', ["'self'"]]],
    [['default-src', ['*']]],
  ]);
});
