import {join} from 'node:path';
import {tmpdir} from 'node:os';
import {expect, test} from 'vitest';
import {playwrightCounts, readReport, vitestCounts} from './counts.mjs';

test('counts come from the reports', () => {
  expect(vitestCounts(1, {numPassedTests: 7, numFailedTests: 2})).toEqual({passed: 7, failed: 2});
  expect(playwrightCounts(1, {stats: {expected: 5, flaky: 1, unexpected: 3, skipped: 4}})).toEqual({
    passed: 6,
    failed: 3,
  });
});

test('a runner that fails without a failed test counts as one failure', () => {
  expect(vitestCounts(1, {numPassedTests: 7, numFailedTests: 0})).toEqual({passed: 7, failed: 1});
  expect(playwrightCounts(127, readReport(join(tmpdir(), 'no-such-report.json')))).toEqual({passed: 0, failed: 1});
});

test('a step in which no test ran has failed, also when its runner is content', () => {
  expect(vitestCounts(0, {numPassedTests: 0, numFailedTests: 0})).toEqual({passed: 0, failed: 1});
  expect(playwrightCounts(0, {stats: {expected: 0, flaky: 0, unexpected: 0, skipped: 9}})).toEqual({
    passed: 0,
    failed: 1,
  });
});

test('what failed is told by file, name and first lines, also of a file that did not load', () => {
  const failing = {
    name: '/x/a.test.ts',
    status: 'failed',
    assertionResults: [
      {status: 'passed', fullName: 'fine', failureMessages: []},
      {status: 'failed', fullName: 'a b', failureMessages: ['Error: no\nat line 1']},
    ],
  };
  const unloaded = {name: '/x/b.test.ts', status: 'failed', message: 'no such module', assertionResults: []};
  const {failures} = vitestCounts(1, {numPassedTests: 1, numFailedTests: 1, testResults: [failing, unloaded]});
  expect(failures).toEqual([
    expect.stringMatching(/a\.test\.ts: a b\n {4}Error: no\n {4}at line 1$/),
    expect.stringMatching(/b\.test\.ts: did not load\n {4}no such module$/),
  ]);
  const spec = {ok: false, file: 'c.spec.ts', title: 'c', tests: [{results: [{error: {message: 'Error: late'}}]}]};
  const suites = [{specs: [{ok: true}], suites: [{specs: [spec]}]}];
  expect(playwrightCounts(1, {stats: {expected: 1, unexpected: 1}, suites}).failures).toEqual([
    'c.spec.ts: c\n    Error: late',
  ]);
});
