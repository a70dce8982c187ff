import {describe, expect, test} from 'vitest';
import {failuresOf, linesOf, toMarkdown} from './lines.mjs';

const result = (suite: string, status: string) => ({
  ancestorTitles: [suite, 'the contract'],
  title: 'answers',
  status,
});

describe('the table of the runtime contract', () => {
  test('counts the contract alone, for each suite', () => {
    const other = {ancestorTitles: ['names'], title: 'a name', status: 'failed'};
    const lines = linesOf('Chromium', [result('a', 'passed'), other, result('a', 'passed'), result('b', 'passed')]);
    expect(lines).toEqual([
      {engine: 'Chromium', suite: 'a', passed: 2, failed: 0, skipped: 0},
      {engine: 'Chromium', suite: 'b', passed: 1, failed: 0, skipped: 0},
    ]);
  });

  test('a run that held no test of the contract is no success', () => {
    expect(() => linesOf('Firefox', [])).toThrow('Firefox: no test of the contract ran');
  });

  test('each failure is told with its reason', () => {
    const failed = {...result('a', 'failed'), failureMessages: ['expected 1, got 2']};
    expect(failuresOf('Chromium', [failed, result('a', 'passed')])).toEqual([
      'Chromium: a: answers: expected 1, got 2',
    ]);
  });

  test('tells a failure, an engine without WebGPU or threads, and a suite that is not for an engine', () => {
    const lines = [
      ...linesOf('one', [result('a', 'passed'), result('a', 'failed'), result('x on webgpu', 'passed')]),
      ...linesOf('two', [result('x on webgpu', 'skipped'), result('x with two threads', 'skipped')]),
    ];
    expect(toMarkdown(lines, ['one', 'two']).split('\n').slice(2)).toEqual([
      '| a | 1 of 2, **1 failed** | – |',
      '| x on webgpu | 1 of 1 | no WebGPU |',
      '| x with two threads | – | no threads |',
    ]);
  });
});
