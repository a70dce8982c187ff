import {readFileSync} from 'node:fs';
import {expect, test} from 'vitest';
import {generated} from '../e2e/faults/docs.mjs';
import {inRoot} from './paths.mjs';

test('the tables in docs/delivery.md are those of the kept results', () => {
  const page = readFileSync(inRoot('docs/delivery.md'), 'utf8');
  expect(generated(page)).toBe(page);
});
