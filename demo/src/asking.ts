import type {Prediction} from '@kedge/client';
import {byName, setText, show} from './dom.js';
import {drawByKeyboard} from './draw/keyboard.js';
import {Pad} from './draw/pad.js';
import {drawPreview} from './draw/preview.js';
import {testDigits} from './many/test-digits.js';
import {topClass} from './scores.js';
import type {Session} from './session.js';
import {consent} from './settings.js';
import {clearAnswer, showAnswer} from './view/answer.js';
import {showNotice} from './view/notice.js';
import {Question} from './view/question.js';
import {showTelling} from './view/telling.js';

export interface AskingOptions {
  /** The session, while its model may be asked. */
  session(): Session | undefined;
  onAnswer(prediction: Prediction): void;
}

/** Draw, ask, answer, truth: the page's main job. */
export class Asking {
  readonly #options: AskingOptions;
  readonly #pad: Pad;
  readonly #question: Question;
  #prediction: Prediction | undefined;
  /** Counts predictions, so that a late answer never overwrites a newer one. */
  #turn = 0;

  constructor(options: AskingOptions) {
    this.#options = options;
    const canvas = byName<HTMLCanvasElement>('pad');
    this.#pad = new Pad(canvas, () => void this.predict());
    this.#question = new Question(digit => this.#tellTruth(digit));
    drawByKeyboard(this.#pad, canvas, byName('pad-cursor'), text => setText('pen-state', text));
    drawPreview(byName('preview'), undefined);
    for (const type of ['pointerdown', 'keydown']) canvas.addEventListener(type, () => show('pad-hint', false));
    byName('predict').addEventListener('click', () => void this.predict());
    byName('clear').addEventListener('click', () => this.#clear());
    byName('test-digit').addEventListener('click', () => void this.#showTestDigit());
  }

  async predict(): Promise<void> {
    const field = this.#pad.field();
    drawPreview(byName('preview'), field);
    show('pad-hint', !field);
    if (!this.#pad.showsTestDigit) setText('true-label', '');
    const session = this.#options.session();
    if (!field || !session) return;
    const turn = ++this.#turn;
    try {
      const prediction = await session.predict(field);
      if (turn === this.#turn) this.#show(prediction);
      void showTelling(session.kedge);
    } catch (error) {
      if (turn === this.#turn) showNotice(error, () => void this.predict());
    }
  }

  /** Another model or unit answers from now on; what is shown is no longer its answer. */
  reset(): void {
    this.#turn++;
    this.#prediction = undefined;
    clearAnswer();
  }

  #show(prediction: Prediction): void {
    this.#prediction = prediction;
    showAnswer(prediction);
    if (prediction.served.source === 'baseline') show('question', false);
    else this.#question.ask(topClass(prediction.outputs));
    this.#options.onAnswer(prediction);
  }

  #tellTruth(digit: number): void {
    const session = this.#options.session();
    if (!session || !this.#prediction) return;
    session.kedge.label(this.#prediction.id, {class: digit});
    const right = topClass(this.#prediction.outputs) === digit ? 'It was right.' : `It was a ${digit}.`;
    const told = consent() === 'off' ? 'You chose to tell nothing, so this stays here.' : 'Kept for the report.';
    setText('thanks', `Thank you. ${right} ${told}`);
    void showTelling(session.kedge);
  }

  async #showTestDigit(): Promise<void> {
    try {
      const digits = await testDigits();
      const {pixels, label} = digits[Math.floor(Math.random() * digits.length)]!;
      this.#pad.showTestDigit(pixels);
      setText('true-label', `A real test digit; its label says ${label}.`);
      byName('true-label').dataset['label'] = String(label);
    } catch (error) {
      showNotice(error, () => void this.#showTestDigit());
    }
  }

  #clear(): void {
    this.#pad.clear();
    drawPreview(byName('preview'), undefined);
    show('pad-hint', true);
    setText('true-label', '');
    this.reset();
  }
}
