import {byName, setText, show} from '../dom.js';
import {problemOf} from '../problems.js';

let onRetry: (() => void) | undefined;

export function prepareNotice(): void {
  byName('notice-close').addEventListener('click', hideNotice);
  byName('retry').addEventListener('click', () => {
    hideNotice();
    onRetry?.();
  });
}

/** A problem in plain words with its code. @param retry what “Try again” does; without it there is no such button */
export function showNotice(error: unknown, retry?: () => void): void {
  const {what, remedy, code, detail} = problemOf(error);
  onRetry = retry;
  setText('notice-what', what);
  setText('notice-remedy', remedy);
  setText('notice-code', code);
  setText('notice-detail', detail);
  byName('notice').dataset['code'] = code;
  show('retry', retry !== undefined);
  show('notice', true);
}

export function hideNotice(): void {
  show('notice', false);
}
