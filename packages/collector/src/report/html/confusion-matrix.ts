import {count} from '../format-numbers.js';
import type {ArmReport} from '../report.js';
import {type Html, html} from './html.js';

/** More classes than this are too small to read; then the most frequent mistakes are listed. */
const mostClasses = 16;
const mostListed = 8;
const cell = 24;

/** What was predicted for each true class, for one arm. */
export function confusionFigure({arm, confusion}: ArmReport): Html {
  const classes = Math.max(...confusion.map(({predicted, truth}) => Math.max(predicted, truth))) + 1;
  return html`<figure>
    <figcaption><strong>${arm}</strong>: predicted across, true down</figcaption>
    ${classes <= mostClasses ? matrix(confusion, classes) : mistakes(confusion)}
  </figure>`;
}

function matrix(confusion: ArmReport['confusion'], classes: number): Html {
  const size = (classes + 1) * cell;
  const totals = new Map<number, number>();
  for (const {truth, count: n} of confusion) totals.set(truth, (totals.get(truth) ?? 0) + n);
  const sides = Array.from({length: classes}, (_, i) => (i + 1.5) * cell);
  return html`<svg class="matrix" viewBox="0 0 ${size} ${size}" role="img" aria-label="${spoken(confusion)}">
    ${sides.map((at, i) => html`<text class="side" x="${at}" y="16">${i}</text><text class="side" x="12" y="${at + 4}">${i}</text>`)}
    ${confusion.map(({predicted, truth, count: n}) => square(predicted, truth, n, n / totals.get(truth)!))}
  </svg>`;
}

function square(predicted: number, truth: number, n: number, share: number): Html {
  const [x, y] = [(predicted + 1) * cell, (truth + 1) * cell];
  // Mistakes are rare in a good model: their colour starts strong enough to be seen.
  const opacity = predicted === truth ? share * 0.45 : 0.12 + share * 0.6;
  return html`<rect
      class="${predicted === truth ? 'right' : 'wrong'}"
      x="${x + 1}"
      y="${y + 1}"
      width="${cell - 2}"
      height="${cell - 2}"
      rx="3"
      fill-opacity="${opacity.toFixed(2)}"
    /><text x="${x + cell / 2}" y="${y + cell / 2 + 4}">${n < 1000 ? n : `${Math.round(n / 1000)}k`}</text>`;
}

const wrong = (confusion: ArmReport['confusion']) =>
  confusion.filter(({predicted, truth}) => predicted !== truth).slice(0, mostListed);

function spoken(confusion: ArmReport['confusion']): string {
  const list = wrong(confusion).map(({predicted, truth, count: n}) => `${truth} taken for ${predicted} ${n} times`);
  return list.length === 0 ? 'No mistakes' : `Most frequent mistakes: ${list.join(', ')}`;
}

function mistakes(confusion: ArmReport['confusion']): Html {
  return html`<ul>
    ${wrong(confusion).map(({predicted, truth, count: n}) => html`<li>${count(n)} × class ${truth} taken for ${predicted}</li>`)}
  </ul>`;
}
