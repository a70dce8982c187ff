import type {Model, Prediction, Served} from '@kedge/client';
import {byName, make, setText, show} from '../dom.js';
import {formatMs, formatShare} from '../format.js';
import {scoresOf, topClass} from '../scores.js';

const classCount = 10;
const sources: Record<Served['source'], string> = {
  model: 'the assigned model',
  previous: 'the version before it',
  baseline: 'the naive answer',
};

/** Ten empty bars, filled by `showAnswer`. */
export function prepareScores(): void {
  const items = Array.from({length: classCount}, (_, digit) => {
    const item = make(
      'li',
      'score',
      make('span', 'score-name', String(digit)),
      make('span', 'score-bar'),
      make('span', 'score-value', '–'),
    );
    item.dataset['testid'] = `score-${digit}`;
    return item;
  });
  byName('scores').replaceChildren(...items);
}

export function showAnswer({outputs, served, latencyMs}: Prediction): void {
  const scores = scoresOf(outputs);
  const top = topClass(outputs);
  scores.forEach((score, digit) => showScore(digit, score, digit === top));
  const isNaive = served.source === 'baseline';
  setText('result-digit', isNaive ? '?' : String(top));
  byName('result-digit').dataset['digit'] = isNaive ? '' : String(top);
  setText(
    'result-text',
    isNaive
      ? 'No model may answer, so this is what anybody would say who has not looked.'
      : `It reads a ${top}, ${formatShare(scores[top] ?? 0)} sure.`,
  );
  setText('latency', formatMs(latencyMs));
  showServed(served);
}

function showScore(digit: number, score: number, isTop: boolean): void {
  const item = byName(`score-${digit}`);
  item.dataset['score'] = String(score);
  item.classList.toggle('is-top', isTop);
  item.style.setProperty('--share', String(score));
  item.querySelector('.score-value')!.textContent = formatShare(score);
}

const runtimes: Record<string, string> = {'onnxruntime-web': 'ONNX Runtime Web', '@tensorflow/tfjs': 'TensorFlow.js'};

export function showServed(served: Served): void {
  setText('arm', served.variant === null ? 'in no experiment' : `${served.variant} (${served.experiment ?? ''})`);
  byName('arm').dataset['arm'] = served.variant ?? '';
  setText('version', served.version ?? 'none');
  setText('provider', served.executionProvider ?? 'nothing');
  setText('source', `${sources[served.source]} (${served.source})`);
  setText('reason', served.reason);
}

/** What computes the version; a baseline needs none. */
export function showRuntimeOf(manifest: Model['manifest']): void {
  const runtime = manifest?.runtime.package;
  setText('runtime-name', runtime === undefined ? 'none' : (runtimes[runtime] ?? runtime));
}

export function clearAnswer(): void {
  for (let digit = 0; digit < classCount; digit++) {
    const item = byName(`score-${digit}`);
    delete item.dataset['score'];
    item.classList.remove('is-top');
    item.style.setProperty('--share', '0');
    item.querySelector('.score-value')!.textContent = '–';
  }
  setText('result-digit', '–');
  delete byName('result-digit').dataset['digit'];
  setText('result-text', 'Draw a digit, and its ten scores appear here.');
  setText('latency', '–');
  show('question', false);
  setText('thanks', '');
}
