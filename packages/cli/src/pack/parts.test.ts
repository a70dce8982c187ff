import {describe, expect, it} from 'vitest';
import {evenly, spread} from './golden.js';
import {histogramOf} from './histogram.js';
import {parseMeta} from './meta.js';
import {mergeSpecs} from './specs.js';

describe('golden examples', () => {
  it('take the first of each class before the second of any', () => {
    expect(spread([5, 5, 5, 1, 1, 9], 5)).toEqual([3, 0, 5, 4, 1]);
    expect(spread([0, 0], 10)).toEqual([0, 1]);
  });

  it('of values lie at even distances', () => {
    expect(evenly(100, 4)).toEqual([0, 25, 50, 75]);
    expect(evenly(2, 4)).toEqual([0, 1]);
  });
});

describe('reference histograms', () => {
  const pieces =
    (...values: number[][]) =>
    () =>
      values;

  it('count every value once, the upper edge in the last bin', () => {
    const {edges, counts} = histogramOf(pieces([0, 0.01, 0.5], [1, 1]), [0, 1]);
    expect([edges.length, edges[0], edges[20]]).toEqual([21, 0, 1]);
    expect([counts[0], counts[10], counts[19]]).toEqual([2, 1, 2]);
  });

  it('widen a declared range to what is there', () => {
    const {edges, counts} = histogramOf(pieces([-1, 3]), [0, 1]);
    expect([edges[0], edges[20], counts[0], counts[19]]).toEqual([-1, 3, 1, 1]);
  });

  it('give a constant a bin with a width', () => {
    const {edges, counts} = histogramOf(pieces([7, 7, 7]));
    expect([edges[0], edges[20], counts[0]]).toEqual([7, 8, 3]);
  });
});

describe('tensor specs', () => {
  const meta = (side: object) => parseMeta({task: 'other', ...side}, 'm.json');
  const tensor = (dtype: string, ...shape: (number | string | null)[]) => ({name: 'x', dtype, shape});

  it('name axes that the file leaves open, and let meta name them', () => {
    const found = {inputs: [tensor('float32', -1, 'h', null, 3)], outputs: []};
    expect(mergeSpecs(found, meta({}), 'f').inputs[0]!.shape).toEqual(['batch', 'h', 'dim2', 3]);
    const shape = ['n', 224, 224, 3];
    expect(mergeSpecs(found, meta({inputs: {x: {shape}}}), 'f').inputs[0]!.shape).toEqual(shape);
  });

  it('refuse a dtype that no device takes', () => {
    expect(() => mergeSpecs({inputs: [tensor('string', 1)], outputs: []}, meta({}), 'f.onnx')).toThrow(
      /f\.onnx: inputs\.x is string/,
    );
  });
});
