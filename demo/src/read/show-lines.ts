import {make} from '../dom.js';
import {formatShare} from '../format.js';
import type {ReadLine} from './reader.js';

/** One item for each line: its text, and how sure the recognition is. */
export function lineItem({text, score}: ReadLine): HTMLLIElement {
  const words = make('span', 'line-text', text);
  const share = make('span', 'score-value', `${formatShare(score)} sure`);
  return make('li', 'line', words, share);
}
