import {ESLint} from 'eslint';
import {beforeAll, describe, expect, test} from 'vitest';
import {inRoot, root} from '../paths.mjs';

// Only rules that need no types: the texts below are not files of any project.
const eslint = new ESLint({
  cwd: root,
  overrideConfig: [{files: ['**/*.ts'], languageOptions: {parserOptions: {project: null}}}],
  ruleFilter: ({ruleId}) => /^(kedge\/floors|no-restricted-syntax|no-console)$/.test(ruleId),
});

async function messagesFor(path: string, text: string) {
  const [result] = await eslint.lintText(text, {filePath: inRoot(path), warnIgnored: true});
  return result!.messages.map(({ruleId, message}) => `${ruleId}: ${message}`);
}

// The first text pays for loading the parser.
beforeAll(() => messagesFor('packages/core/src/x.ts', ''), 60_000);

describe('imports only go down', () => {
  const refused = [
    ['packages/core/src/x.ts', `import {readFileSync} from 'node:fs';`],
    ['packages/core/src/x.ts', `import * as z from 'zod';`],
    ['packages/core/src/x.ts', `export {createKedge} from '@kedge/client';`],
    ['packages/stats/src/x.ts', `import {hex} from '@kedge/core';`],
    ['packages/client/src/x.ts', `import {wilson} from '@kedge/stats';`],
    ['packages/client/src/x.ts', `import type {Hono} from 'hono';`],
    ['packages/client/src/x.ts', `const cli = await import('@kedge/cli');`],
    ['packages/collector/src/x.ts', `type Kedge = import('@kedge/client').Kedge;`],
    ['packages/cli/src/x.ts', `import {wilson} from '@kedge/stats';`],
    ['packages/core/src/x.test.ts', `import {createKedge} from '@kedge/client';`],
  ] as const;
  test.each(refused)('%s: %s is refused', async (path, text) => {
    expect(await messagesFor(path, text)).toEqual([expect.stringMatching(/^kedge\/floors: .* may not import /)]);
  });

  const allowed = [
    ['packages/core/src/x.ts', `import * as z from 'zod/mini';`],
    ['packages/core/src/assign/x.ts', `import {KedgeError} from '../errors.js';`],
    ['packages/core/src/x.test.ts', `import fc from 'fast-check';`],
    ['packages/client/src/x.ts', `import {openDB} from 'idb';\nimport {hex} from '@kedge/core';`],
    ['packages/collector/src/x.ts', `import Database from 'libsql';\nimport {wilson} from '@kedge/stats';`],
    ['packages/cli/src/x.ts', `import {app} from '@kedge/collector';\nimport {onnx} from '@kedge/client/node';`],
  ] as const;
  test.each(allowed)('%s: %s passes', async (path, text) => {
    expect(await messagesFor(path, text)).toEqual([]);
  });
});

test('a package is entered by its front door', async () => {
  expect(await messagesFor('packages/client/src/x.ts', `import {hex} from '@kedge/core/dist/bytes.js';`)).toEqual([
    expect.stringContaining('reaches inside a package'),
  ]);
  expect(await messagesFor('packages/client/src/x.ts', `import {hex} from '../../core/src/bytes.js';`)).toEqual([
    expect.stringContaining('leaves the package'),
  ]);
});

test("the client's page side needs neither Node nor a runtime", async () => {
  const room = expect.stringContaining('may be imported only in files that match');
  expect(await messagesFor('packages/client/src/x.ts', `import {readFile} from 'node:fs/promises';`)).toEqual([room]);
  expect(await messagesFor('packages/client/src/x.ts', `import * as ort from 'onnxruntime-web/wasm';`)).toEqual([room]);
  expect(await messagesFor('packages/client/src/onnx/x.ts', `import * as ort from 'onnxruntime-web/wasm';`)).toEqual(
    [],
  );
});

describe('house rules', () => {
  const refused = [
    ['packages/core/src/x.ts', `export default 1;`, 'Export by name'],
    ['packages/core/src/x.ts', `export * from './y.js';`, 'Name what is exported'],
    ['packages/core/src/x.ts', `console.log(1);`, 'Unexpected console'],
    ['packages/core/src/x.test.ts', `test.only('x', () => {});`, 'hides the others'],
    ['packages/core/src/x.test.ts', `test.only.each([1])('x', () => {});`, 'hides the others'],
    ['e2e/x.spec.ts', `test.describe.only('x', () => {});`, 'hides the others'],
  ] as const;
  test.each(refused)('%s: %s is refused', async (path, text, message) => {
    expect(await messagesFor(path, text)).toEqual([expect.stringContaining(message)]);
  });

  test('types may be exported whole, and the command line may print', async () => {
    expect(await messagesFor('packages/client/src/index.ts', `export type * from './api.js';`)).toEqual([]);
    expect(await messagesFor('packages/cli/src/x.ts', `console.log(1);`)).toEqual([]);
  });
});
