import type {Kedge} from '@kedge/client';
import {fromTestDigit} from '../draw/field.js';
import {topClass} from '../scores.js';
import type {TestDigit} from './test-digits.js';

/** How one arm has done so far. */
export interface ArmTally {
  version: string;
  units: number;
  labelled: number;
  correct: number;
}

export interface ManyProgress {
  done: number;
  total: number;
  /** By arm; units in no experiment under `none`. */
  arms: ReadonlyMap<string, ArmTally>;
}

export interface ManyOptions {
  model: string;
  digits: readonly TestDigit[];
  /** Each unit gets an equal share of the digits. */
  units: number;
  signal: AbortSignal;
  onProgress(progress: ManyProgress): void;
}

/** Every simulated visitor predicts its share of the digits and tells the truth about each. */
export async function simulate(kedge: Kedge, options: ManyOptions): Promise<ManyProgress> {
  const {digits, units, signal, onProgress} = options;
  const share = Math.floor(digits.length / units);
  const arms = new Map<string, ArmTally>();
  const progress = {done: 0, total: share * units, arms};
  for (let unit = 0; unit < units; unit++) {
    signal.throwIfAborted();
    const own = digits.slice(unit * share, (unit + 1) * share);
    await runUnit(kedge.forUnit(`sim-${String(unit).padStart(3, '0')}`), own, arms, options);
    progress.done += share;
    onProgress(progress);
  }
  return progress;
}

async function runUnit(
  kedge: Kedge,
  digits: readonly TestDigit[],
  arms: Map<string, ArmTally>,
  {model: name, signal}: ManyOptions,
): Promise<void> {
  const model = await kedge.model(name, {signal});
  const arm = model.served.variant ?? 'none';
  const tally = arms.get(arm) ?? {version: model.served.version ?? 'baseline', units: 0, labelled: 0, correct: 0};
  arms.set(arm, tally);
  tally.units++;
  for (const {pixels, label} of digits) {
    const input = model.manifest?.inputs[0]?.name ?? 'image';
    const prediction = await model.predict({[input]: fromTestDigit(pixels)}, {signal});
    kedge.label(prediction.id, {class: label});
    tally.labelled++;
    if (topClass(prediction.outputs) === label) tally.correct++;
  }
}
