import {make} from '../dom.js';

/** What is measured: ends with the signal, and tells which part of how many it is at, the first is 1. */
type Work = (signal: AbortSignal, onStep: (step: string, at: number, of: number) => void) => Promise<void>;

const hint =
  'Takes up to half a minute for each model, keeps the cores busy, and may fetch another build of the runtime.';

/** A button for what takes a while, with its progress and a way to stop it. The focus goes with the button that is there. */
export class Measuring {
  readonly element = make('div', 'measuring');
  readonly #start = button('', 'measure-others');
  readonly #stop = button('Stop', 'measure-stop');
  readonly #progress = make('progress', '');
  readonly #state = make('p', 'help', hint);
  #running: AbortController | undefined;

  constructor(onStart: () => void) {
    this.#start.addEventListener('click', onStart);
    this.#stop.addEventListener('click', () => this.stop());
    this.#state.role = 'status';
    this.#progress.ariaLabel = 'Execution providers measured';
    this.#showRunning(false);
    this.element.append(make('div', 'measuring-row', this.#start, this.#progress, this.#stop), this.#state);
    this.element.hidden = true;
  }

  /** @param what the button says; undefined where there is nothing to be measured */
  offer(what: string | undefined): void {
    this.element.hidden = what === undefined && !this.#running;
    if (what !== undefined) this.#start.textContent = what;
  }

  stop(): void {
    this.#running?.abort();
  }

  async run(work: Work): Promise<void> {
    const {signal} = (this.#running = new AbortController());
    this.#showRunning(true);
    this.#state.textContent = 'Measuring …';
    try {
      await work(signal, (step, at, of) => this.#showStep(step, at, of));
      this.#state.textContent = 'Measured.';
    } catch (error) {
      this.#state.textContent = signal.aborted ? 'Stopped.' : (error as Error).message;
    } finally {
      this.#running = undefined;
      this.#showRunning(false);
    }
  }

  #showStep(step: string, at: number, of: number): void {
    Object.assign(this.#progress, {max: of, value: at - 1});
    this.#state.textContent = `Measuring ${step}, ${at} of ${of} …`;
  }

  #showRunning(running: boolean): void {
    const [gone, here] = running ? [this.#start, this.#stop] : [this.#stop, this.#start];
    const focused = document.activeElement === gone;
    here.hidden = false;
    if (focused) here.focus();
    gone.hidden = true;
    this.#progress.hidden = !running;
    this.#progress.removeAttribute('value');
  }
}

function button(text: string, name: string): HTMLButtonElement {
  const element = make('button', 'quiet small', text);
  element.type = 'button';
  element.dataset['testid'] = name;
  return element;
}
