import type {Candidate, Explanation} from '@kedge/client';
import {make} from '../dom.js';
import {formatMs} from '../format.js';

const goldenWords: Record<Candidate['golden'], string> = {
  passed: 'right',
  failed: 'wrong numbers',
  not_run: 'not tried',
  none: 'untested',
};

/** A bar with its number for each execution provider of a model, and under it why it is not used. */
export function providerTable({model, candidates, serves, why, measuredAt}: Explanation): HTMLElement {
  const slowest = Math.max(0, ...candidates.map(({medianMs}) => medianMs ?? 0));
  const heads = ['On', 'A run', 'Result'].map(text => {
    const head = make('th', '', text);
    head.scope = 'col';
    return head;
  });
  const table = make('table', 'providers-table');
  table.createCaption().append(`Where ${model} computes: the median of its runs on this device`);
  table.createTHead().append(make('tr', '', ...heads));
  table.createTBody().append(...candidates.flatMap(candidate => rowsOf(candidate, slowest)));
  const block = make('div', 'providers-block', table, make('p', 'help', `${serves ?? 'Nothing'} is used: ${why}.`));
  block.dataset['testid'] = `providers-${model}`;
  block.dataset['measured'] = String(measuredAt !== null);
  return block;
}

function rowsOf({provider, medianMs, golden, why}: Candidate, slowest: number): HTMLElement[] {
  const name = make('th', '', provider);
  name.scope = 'row';
  const time = make('td', 'provider-time', ...(medianMs === null ? ['not timed'] : timed(medianMs, slowest)));
  const result = make('td', 'provider-result', resultOf({golden, why}));
  const line = make('tr', why === null ? 'is-serving' : '', name, time, result);
  Object.assign(line.dataset, {provider, golden, ms: medianMs === null ? '' : String(medianMs)});
  return why === null ? [line] : [line, reason(wordsForReason(why))];
}

/** `wrong numbers, not used` and so on. */
export function resultOf({golden, why}: Pick<Candidate, 'golden' | 'why'>): string {
  if (golden === 'not_run' && why !== null) return goldenWords.not_run;
  return `${goldenWords[golden]}, ${why === null ? 'used' : 'not used'}`;
}

/** As a sentence, with no more digits than one reads; the table says already which model and provider it is about. */
export function wordsForReason(why: string): string {
  const short = why
    .replace(/^\S+ \S+ on \S+: /, '')
    .replace(/; this execution provider is not used$/, '')
    .replace(/-?\d+\.\d{4,}(e[+-]\d+)?/g, digits => Number(digits).toPrecision(3));
  return `${short.charAt(0).toUpperCase()}${short.slice(1)}.`;
}

function reason(words: string): HTMLElement {
  const cell = make('td', 'help', words);
  cell.colSpan = 3;
  return make('tr', 'provider-why', cell);
}

function timed(medianMs: number, slowest: number): (Node | string)[] {
  const bar = make('span', 'provider-bar');
  bar.ariaHidden = 'true';
  bar.style.setProperty('--share', String(slowest > 0 ? medianMs / slowest : 0));
  // A tenth is what is shown of it, and nothing takes no time.
  return [bar, medianMs < 0.1 ? '< 0.1 ms' : formatMs(medianMs)];
}
