import {type Fault, html, isPage, withHeaders} from './fault.js';

/** Faults of the page and of what it loads. */
export const pageFaults: readonly Fault[] = [
  [
    'a page that is not there',
    (answer, request) => (isPage(request) ? {...answer, status: 503} : answer),
    {page: 'error'},
  ],
  [
    'a script as text',
    withHeaders(({url}) => url === '/assets/app.js', {'content-type': 'text/plain'}),
    {'page-types': 'error'},
  ],
  [
    'WebAssembly as a stream of bytes',
    withHeaders(({url}) => url!.endsWith('.wasm'), {'content-type': 'application/octet-stream'}),
    {'page-types': 'warning'},
  ],
  [
    'the start page for a worker',
    (answer, {url}) =>
      url === '/assets/worker.js' ? {...html, headers: {...answer.headers, 'content-type': 'text/html'}} : answer,
    {'page-types': 'error'},
  ],
  ['half of isolation', withHeaders(isPage, {'cross-origin-opener-policy': undefined}), {isolation: 'warning'}],
  [
    'isolation of the page only',
    withHeaders(({url}) => url!.startsWith('/assets'), {'cross-origin-embedder-policy': undefined}),
    {'worker-isolation': 'error'},
  ],
  [
    'no isolation',
    withHeaders(() => true, {'cross-origin-opener-policy': undefined, 'cross-origin-embedder-policy': undefined}),
    {},
  ],
  [
    'isolation by the document',
    withHeaders(() => true, {
      'cross-origin-opener-policy': undefined,
      'cross-origin-embedder-policy': undefined,
      'document-isolation-policy': 'isolate-and-require-corp',
    }),
    {},
  ],
  [
    'a policy without WebAssembly',
    withHeaders(isPage, {'content-security-policy': "script-src 'self'"}),
    {'csp-wasm': 'error'},
  ],
  [
    'a policy without WebAssembly in the worker',
    withHeaders(({url}) => url === '/assets/worker.js', {
      'content-security-policy': "default-src 'self'; connect-src *",
    }),
    {'csp-wasm': 'error'},
  ],
  [
    'a policy without workers',
    withHeaders(isPage, {'content-security-policy': "worker-src 'none'"}),
    {'csp-worker': 'error'},
  ],
  [
    'a policy that keeps the registry out',
    withHeaders(isPage, {
      'content-security-policy': "default-src 'self' 'wasm-unsafe-eval'; connect-src https://api.example",
    }),
    {'csp-connect': 'error'},
  ],
  [
    'a policy that lets in the releases alone',
    withHeaders(isPage, {
      'content-security-policy': "default-src 'self' 'wasm-unsafe-eval'; connect-src http://127.0.0.1:*/channels/",
    }),
    {'csp-connect': 'error'},
  ],
  [
    'a policy that lets in every host',
    withHeaders(isPage, {
      'content-security-policy': "default-src 'self' 'wasm-unsafe-eval'; connect-src http://*:*",
    }),
    {},
  ],
  [
    'a meta policy besides',
    (answer, request) =>
      isPage(request)
        ? {
            ...answer,
            body: Buffer.from(
              `<meta http-equiv=Content-Security-Policy content="script-src 'self'">${Buffer.from(answer.body).toString()}`,
            ),
          }
        : answer,
    {'csp-wasm': 'error'},
  ],
];
