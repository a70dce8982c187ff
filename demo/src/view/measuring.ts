import {make} from '../dom.js';

/** What is measured: ends with the signal, and tells which part it is at. */
type Work = (signal: AbortSignal, onStep: (step: string) => void) => Promise<void>;

/** A button for what takes seconds and may be fetched for, with its progress and a way to stop it. */
export class Measuring {
  readonly element = make('div', 'measuring');
  readonly #start = button('Measure the others', 'measure-others');
  readonly #stop = button('Stop', 'measure-stop');
  readonly #state = make('p', 'help', hint);
  #running: AbortController | undefined;

  constructor(onStart: () => void) {
    this.#start.addEventListener('click', onStart);
    this.#stop.addEventListener('click', () => this.#running?.abort());
    this.#state.role = 'status';
    this.element.append(make('div', 'buttons', this.#start, this.#stop), this.#state);
    this.#stop.hidden = true;
    this.element.hidden = true;
  }

  /** @param more whether there is anything to be measured */
  offer(more: boolean): void {
    this.element.hidden = !more && !this.#running;
  }

  async run(work: Work): Promise<void> {
    const {signal} = (this.#running = new AbortController());
    this.#show(true, 'Measuring …');
    try {
      await work(signal, step => this.#show(true, `Measuring ${step} …`));
      this.#show(false, hint);
    } catch (error) {
      this.#show(false, signal.aborted ? 'Stopped.' : (error as Error).message);
    } finally {
      this.#running = undefined;
    }
  }

  #show(running: boolean, state: string): void {
    this.#start.disabled = running;
    this.#stop.hidden = !running;
    this.#state.textContent = state;
  }
}

const hint = 'Takes some seconds on all cores, and may fetch another build of the runtime.';

function button(text: string, name: string): HTMLButtonElement {
  const element = make('button', 'quiet small', text);
  element.type = 'button';
  element.dataset['testid'] = name;
  return element;
}
