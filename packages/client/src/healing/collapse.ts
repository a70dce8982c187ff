import type {Manifest} from '@kedge/core';
import type {Tensors} from '../runtime/runtime.js';

/** Fewer are no reason for doubt. */
const leastAlike = 50;
/** The model's classes may come like that by chance, as rarely as this. */
const tooRare = 1e-9;
/** Numbers of an input that are compared. */
const samples = 256;

const none = new Float32Array();

/** Its bits tell two numbers apart. */
const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/**
 * What is kept of an input, to tell it from the next one: FNV-1a (Fowler, Noll, Vo) of numbers that lie evenly in it. Undefined
 * where it was given away to the worker.
 */
function printOf(inputs: Tensors): number | undefined {
  let print = 0x811c9dc5;
  for (const name in inputs) {
    const {data} = inputs[name]!;
    if (data.length === 0) return undefined;
    const step = Math.ceil(data.length / samples);
    for (let i = 0; i < data.length; i += step) {
      float[0] = Number(data[i]);
      print = Math.imul(print ^ bits[0]!, 0x01000193);
    }
  }
  return print;
}

/**
 * Finds a classifier that answers the same whatever it is asked. A person who always draws a 7 is answered with one class, but
 * with scores that differ in some bit from drawing to drawing: only scores that are the same to the bit, for inputs that are not,
 * are a collapse of the model.
 */
export class Collapse {
  readonly #name: string;
  readonly #prior: readonly number[];
  #scores = none;
  #print: number | undefined;
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
    const scores = (outputs[this.#name]?.data ?? none) as Float32Array;
    // Of several rows.
    if (scores.length !== this.#prior.length) return this.#begin(none, undefined);
    const print = printOf(inputs);
    if (!scores.every((score, i) => score === this.#scores[i])) return this.#begin(scores, print);
    if (print !== undefined && print !== this.#print) this.#alike++;
    this.#print = print;
    return this.#alike >= leastAlike && !isHard(scores) && this.#isRare(scores);
  }

  #isRare(scores: Float32Array): boolean {
    return this.#prior[scores.indexOf(Math.max(...scores))]! ** this.#alike < tooRare;
  }

  #begin(scores: Float32Array, print: number | undefined): false {
    // The caller may write into them.
    this.#scores = scores.slice();
    this.#print = print;
    this.#alike = 1;
    return false;
  }
}

/** All scores but the largest are the same: numbers that a coarse model gives to whatever it is sure of. */
function isHard(scores: Float32Array): boolean {
  const best = scores.indexOf(Math.max(...scores));
  const rest = scores.filter((_, i) => i !== best);
  return rest.every(score => score === rest[0]);
}
