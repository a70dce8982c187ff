import type {Manifest} from '@kedge/core';
import type {Tensors} from '../runtime/runtime.js';

/** Fewer are no reason for doubt. */
const leastAlike = 50;
/** The model's classes may come like that by chance, as rarely as this. */
const tooRare = 1e-9;
/** Numbers of an input that are compared. */
const samples = 256;

/** What is kept of an input, to tell it from the next one. */
function sampleOf(inputs: Tensors): string | undefined {
  const parts = Object.values(inputs).map(({data}) => {
    const step = Math.ceil(data.length / samples);
    return Array.from({length: Math.min(data.length, samples)}, (_, i) => String(data[(i * step) % data.length]));
  });
  // Given away to the worker.
  return parts.some(({length}) => length === 0) ? undefined : parts.join(';');
}

/**
 * Finds a classifier that answers the same whatever it is asked. A person who always draws a 7 is answered with one class, but
 * with scores that differ in some bit from drawing to drawing: only scores that are the same to the bit, for inputs that are not,
 * are a collapse of the model.
 */
export class Collapse {
  readonly #name: string;
  readonly #prior: readonly number[];
  #scores: readonly number[] = [];
  #sample: string | undefined;
  #alike = 0;

  private constructor(name: string, prior: readonly number[]) {
    this.#name = name;
    this.#prior = prior;
  }

  /** Undefined where the manifest does not say how often each class comes, or has two: then a sure answer looks like this. */
  static of({task, outputs, reference, baseline}: Manifest): Collapse | undefined {
    const {name, dtype} = outputs[0]!;
    const counts = reference?.predicted ?? baseline?.[name];
    if (task !== 'classification' || !dtype.startsWith('float') || !counts || counts.length < 3) return undefined;
    const total = counts.reduce((sum, count) => sum + count, 0);
    return total > 0
      ? new Collapse(
          name,
          counts.map(count => count / total),
        )
      : undefined;
  }

  /** @returns whether all it has seen for long is one and the same answer */
  saw(inputs: Tensors, outputs: Tensors): boolean {
    const scores = Array.from((outputs[this.#name]?.data ?? []) as ArrayLike<number | bigint>, Number);
    // Of several rows; or as sure as can be, which it may well be time and again.
    if (scores.length !== this.#prior.length || isHard(scores)) return this.#begin([], undefined);
    const sample = sampleOf(inputs);
    if (!scores.every((score, i) => score === this.#scores[i])) return this.#begin(scores, sample);
    if (sample !== undefined && sample !== this.#sample) this.#alike++;
    this.#sample = sample;
    const often = this.#prior[scores.indexOf(Math.max(...scores))]!;
    return this.#alike >= leastAlike && often ** this.#alike < tooRare;
  }

  #begin(scores: readonly number[], sample: string | undefined): false {
    this.#scores = scores;
    this.#sample = sample;
    this.#alike = 1;
    return false;
  }
}

/** All scores but the largest are the same: numbers that a coarse model gives to whatever it is sure of. */
function isHard(scores: readonly number[]): boolean {
  const best = scores.indexOf(Math.max(...scores));
  const rest = scores.filter((_, i) => i !== best);
  return rest.every(score => score === rest[0]);
}
