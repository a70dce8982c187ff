import {cpus} from 'node:os';
import {playwright} from '@vitest/browser-playwright';
import {defineConfig, type UserWorkspaceConfig} from 'vitest/config';
import {bundledWorkers} from './packages/client/testing/bundled-workers.js';
import {fileServer} from './packages/client/testing/file-server.js';
import {calledFunctions} from './packages/client/testing/called-functions.js';
import {voiceReference} from './packages/client/testing/voice-reference.js';
import {launchOptions} from './scripts/browser.mjs';

// By itself Vitest leaves one core of two idle. Tests wait as well, for processes and for time to pass: one worker more.
const maxWorkers = Math.max(3, cpus().length - 1);
/** Tests in a browser wait half of their time: for a worker that is lost to be missed, for a download. */
const maxPages = Math.max(2, Math.floor(cpus().length / 2));
const packages = 'scripts/packages.test.ts';
const clientInNode = 'packages/client/src/**/*.node.test.ts';
/** On pages that may have threads. */
const isolated = 'packages/client/src/**/*.isolated.test.ts';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          maxWorkers,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          environment: 'node',
          include: [
            'packages/{core,stats,collector,cli}/src/**/*.test.ts',
            clientInNode,
            '{demo,scripts}/**/*.test.ts',
          ],
          exclude: [packages, '**/node_modules/**', '**/dist/**'],
        },
      },
      inBrowser({
        name: 'browser',
        maxWorkers: maxPages,
        include: ['packages/client/src/**/*.test.ts'],
        exclude: [clientInNode, isolated],
      }),
      {
        // One page: two threads need both cores to be the faster ones.
        ...inBrowser({name: 'isolated', maxWorkers: 1, include: [isolated], exclude: []}),
        server: {
          headers: {'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp'},
        },
      },
      {
        // Hooks install and remove what the packages need, hundreds of megabytes, while other tests run.
        test: {name: 'packages', environment: 'node', include: [packages], testTimeout: 300_000, hookTimeout: 300_000},
      },
    ],
  },
});

/** Tests that run in a real browser. */
function inBrowser(tests: {
  name: string;
  maxWorkers: number;
  include: string[];
  exclude: string[];
}): UserWorkspaceConfig {
  return {
    plugins: [fileServer(), bundledWorkers(), calledFunctions(), voiceReference()],
    // Found late, they would reload a page in the middle of its tests.
    optimizeDeps: {
      include: [
        'comlink',
        'fast-check',
        'idb',
        'onnxruntime-web/jspi',
        'onnxruntime-web/wasm',
        'onnxruntime-web/webgpu',
        'xxhash-wasm',
        ...['backend-cpu', 'backend-wasm', 'backend-webgpu', 'converter', 'core', 'layers'].map(
          part => `@tensorflow/tfjs-${part}`,
        ),
      ],
    },
    test: {
      ...tests,
      // Each test starts a worker and compiles the runtime, and some move 55 MB: minutes where a page has a quarter of a core, and
      // never a reason to fail. What must be fast is a row of the benches, as a ratio.
      testTimeout: 240_000,
      hookTimeout: 120_000,
      expect: {poll: {timeout: 40_000}},
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        // Not launched, and not looked for, unless this project runs.
        provider: playwright({launchOptions: launchOptions()}),
        instances: [{browser: 'chromium'}],
      },
    },
  };
}
