import {byName, make, setText, show} from '../dom.js';

/** “Was it right?”: tells the true digit, once for each prediction. */
export class Question {
  readonly #onTruth: (digit: number) => void;
  #predicted = -1;

  constructor(onTruth: (digit: number) => void) {
    this.#onTruth = onTruth;
    byName('truths').replaceChildren(...Array.from({length: 10}, (_, digit) => this.#truthButton(digit)));
    byName('right').addEventListener('click', () => this.#answer(this.#predicted));
    byName('wrong').addEventListener('click', () => {
      show('question-which', true);
      byName('truth-0').focus();
    });
  }

  /** @param predicted the digit that was read; what “Yes” confirms */
  ask(predicted: number): void {
    this.#predicted = predicted;
    show('question', true);
    show('question-which', false);
    setText('thanks', '');
  }

  #truthButton(digit: number): HTMLButtonElement {
    const button = make('button', 'quiet', String(digit));
    button.type = 'button';
    button.dataset['testid'] = `truth-${digit}`;
    button.setAttribute('aria-label', `It was a ${digit}`);
    button.addEventListener('click', () => this.#answer(digit));
    return button;
  }

  #answer(digit: number): void {
    // The pressed button goes; the focus must not fall back to the start of the page.
    byName('thanks').focus();
    show('question', false);
    this.#onTruth(digit);
  }
}
