import {byName, make, setText, show} from '../dom.js';
import {formatCount, formatShare} from '../format.js';
import type {ManyProgress} from '../many/simulate.js';

/** Whether the run may begin, and if not, what is missing. */
export function showManyReadiness(ready: {model: boolean; events: boolean; running: boolean}): void {
  byName<HTMLButtonElement>('many-start').disabled = !ready.model || !ready.events || ready.running;
  show('many-cancel', ready.running);
  setText('many-explain', ready.running ? '' : missing(ready));
}

function missing({model, events}: {model: boolean; events: boolean}): string {
  if (!model) return 'This needs a model that is ready on this device.';
  if (!events) return 'Choose “Events” under “What is told” first: a report needs to know which unit was in which arm.';
  return '';
}

export function showManyProgress({done, total, arms}: ManyProgress): void {
  show('many-run', true);
  const bar = byName<HTMLProgressElement>('many-progress');
  bar.max = total;
  bar.value = done;
  setText('many-count', `${formatCount(done)} of ${formatCount(total)}`);
  const sorted = [...arms].sort(([a], [b]) => (a < b ? -1 : 1));
  byName('many-arms').replaceChildren(
    ...sorted.map(([arm, {version, units, labelled, correct}]) => {
      const numbers = [String(units), `${correct} of ${labelled}`, formatShare(correct / labelled)];
      const row = make(
        'tr',
        '',
        make('td', '', arm, ' ', make('span', 'help', version)),
        ...numbers.map(text => make('td', 'number', text)),
      );
      row.dataset['testid'] = `many-arm-${arm}`;
      return row;
    }),
  );
}

export function showManyState(text: string): void {
  setText('many-state', text);
}
