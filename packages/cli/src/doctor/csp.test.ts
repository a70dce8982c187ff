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
    ["script-src 'nonce-abc' 'strict-dynamic'", true],
    ["default-src 'nonce-abc' 'strict-dynamic'", true],
    ["worker-src 'none'; script-src 'nonce-abc' 'strict-dynamic'", false],
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

describe('a source', () => {
  const secure = 'https://app.example/';
  const plain = 'http://app.example/';
  it.each([
    // A host of any name, with and without the rest.
    ['https://*', 'https://models.example/a', secure, true],
    ['https://*', 'https://models.example:8443/a', secure, false],
    ['https://*', 'http://models.example/a', plain, false],
    ['https://*:443', 'https://models.example/a', secure, true],
    ['https://*:*', 'https://models.example:8443/a', secure, true],
    ['https://*/blobs/', 'https://models.example/blobs/x', secure, true],
    ['*:443', 'https://models.example/a', secure, true],
    ['*:8443', 'https://models.example/a', secure, false],
    ['http://*', 'https://models.example/a', secure, true],
    ['https://*example', 'https://models.example/a', secure, false],
    ['https://*.', 'https://models.example/a', secure, false],
    ['https://*.EXAMPLE', 'https://models.example/a', secure, true],
    ['https://*.example', 'https://example/a', secure, false],
    // Alone it matches what comes over the network, and the page's own scheme.
    ['*', 'https://models.example:8443/a', plain, true],
    ['*', 'http://models.example/a', secure, true],
    ['*', 'wss://models.example/a', secure, true],
    ['*', 'blob:https://app.example/1', secure, false],
    ['*', 'data:text/plain,a', secure, false],
    ['*', 'custom://a/b', 'custom://a/', true],
    // Ports.
    ['https://models.example:*', 'https://models.example/a', secure, true],
    ['https://models.example:*', 'https://models.example:1/a', secure, true],
    ['https://models.example', 'https://models.example:8443/a', secure, false],
    ['https://models.example:0443', 'https://models.example/a', secure, true],
    ['http://models.example:80', 'https://models.example/a', secure, true],
    ['http://models.example:80', 'https://models.example:80/a', secure, false],
    ['http://models.example:443', 'http://models.example/a', plain, false],
    ['http://models.example:8080', 'https://models.example:8080/a', secure, false],
    ['http://models.example:*', 'https://models.example:8080/a', secure, true],
    ['http://127.0.0.1:8787', 'http://127.0.0.1:8787/a', plain, true],
    ['http://[::1]:8787', 'http://[::1]:8787/a', plain, false],
    // Schemes.
    ['HTTPS:', 'https://models.example/a', secure, true],
    ['https:', 'http://models.example/a', plain, false],
    ['ws:', 'wss://models.example/a', secure, true],
    ['ws:', 'https://models.example/a', secure, false],
    ['wss:', 'ws://models.example/a', secure, false],
    ['models.example', 'https://models.example/a', plain, true],
    ['models.example', 'http://models.example/a', secure, false],
    ["'self'", 'https://app.example/a', plain, true],
    ["'self'", 'http://app.example/a', secure, false],
    ["'self'", 'wss://app.example/a', secure, true],
    ["'self'", 'ws://app.example/a', plain, true],
    ["'self'", 'ws://app.example/a', secure, false],
    ["'self'", 'https://app.example:8443/a', secure, false],
    // Paths.
    ['models.example/', 'https://models.example/a/b', secure, true],
    ['models.example/a', 'https://models.example/a', secure, true],
    ['models.example/a', 'https://models.example/a/', secure, false],
    ['models.example/a', 'https://models.example/a/b', secure, false],
    ['models.example/a', 'https://models.example/ab', secure, false],
    ['models.example/a/', 'https://models.example/a/b', secure, true],
    ['models.example/a/', 'https://models.example/a', secure, false],
    ['models.example/A/', 'https://models.example/a/b', secure, false],
    ['models.example/a%3Bb/', 'https://models.example/a;b/c', secure, true],
    ['models.example/%7Ea/', 'https://models.example/~a/c', secure, true],
    ['models.example/%zz/', 'https://models.example/%zz/c', secure, true],
    ['models.example/a?b=c', 'https://models.example/a', secure, true],
    // What is none.
    ["'none'", 'https://models.example/a', secure, false],
    ["'nonce-models.example'", 'https://models.example/a', secure, false],
    ['//models.example', 'https://models.example/a', secure, false],
  ])('%s for %s on %s: %s', (source, url, on, expected) => {
    expect(allowsUrl(one(`connect-src ${source}`), 'connect-src', url, on)).toBe(expected);
  });
});

it('reads every policy of a header and of a page', () => {
  expect(parsePolicies("script-src 'self', default-src *; ,")).toHaveLength(2);
  const html = `<meta charset=utf-8><META http-equiv="Content-Security-Policy" content="script-src &#39;self&#39;">
    <!-- <meta http-equiv="Content-Security-Policy" content="default-src 'none'"> -->
    <meta content='default-src *' http-equiv=content-security-policy><meta name="x" content="y">`;
  expect(metaPolicies(html).map(policy => [...policy])).toEqual([
    [['script-src', ["'self'"]]],
    [['default-src', ['*']]],
  ]);
});
