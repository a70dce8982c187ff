import {errorCodes, KedgeError} from '@kedge/core';
import {expect, it} from 'vitest';
import {ConfigError} from './config.js';
import {InputError, problemOf} from './problems.js';

it('says what happened and what to do for every code, each in its own words', () => {
  const problems = errorCodes.map(code => problemOf(new KedgeError(code, `exactly ${code}`)));
  expect(problems.map(({code, detail}) => [code, detail])).toEqual(errorCodes.map(code => [code, `exactly ${code}`]));
  expect(new Set(problems.map(({what}) => what)).size).toBe(errorCodes.length);
  for (const {remedy} of problems) expect(remedy).toMatch(/\.$/);
});

it('keeps the exact message of errors that are not Kedge’s', () => {
  expect(problemOf(new ConfigError('no answer'))).toMatchObject({code: 'config', detail: 'no answer'});
  expect(problemOf('odd')).toMatchObject({code: 'unexpected', detail: 'odd'});
});

it('keeps the words of what the visitor can mend', () => {
  const problem = problemOf(new InputError('No microphone.', 'Plug one in.', new TypeError('none')));
  expect(problem).toEqual({
    what: 'No microphone.',
    remedy: 'Plug one in.',
    code: 'input',
    detail: 'TypeError: none',
  });
});
