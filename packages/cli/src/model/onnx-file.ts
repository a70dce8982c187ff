import {KedgeError} from '@kedge/core';
import {type OnnxTensor, readTensor} from './onnx-tensor.js';
import {type OnnxValue, readValue} from './onnx-value.js';
import {type Field, fieldsOf, textOf} from './protobuf.js';
import type {RandomFile} from './random-file.js';

export interface OnnxFile {
  inputs: OnnxValue[];
  outputs: OnnxValue[];
  tensors: OnnxTensor[];
}

/** Graphs inside graphs (the branches of an If): deeper than this is no model. */
const maxDepth = 64;

/**
 * What an ONNX file says of itself, by walking its protobuf: nothing of the weights is read, whatever their size.
 *
 * @throws KedgeError `model_invalid`
 */
export function readOnnxFile(file: RandomFile): OnnxFile {
  const found: OnnxFile = {inputs: [], outputs: [], tensors: []};
  let graphs = 0;
  for (const field of fieldsOf(file)) {
    if (field.number === 7 && field.isBytes && ++graphs) readGraph(file, field, '', found, 0);
    // A function's body; what is in it belongs to no graph's inputs.
    if (field.number === 25 && field.isBytes) readNodes(file, field, 7, 'function', found, 0);
  }
  if (graphs === 1) return found;
  throw new KedgeError(
    'model_invalid',
    `${file.path} (${file.size} bytes): expected an ONNX model with one graph, it has ${graphs}; export it again, or fetch the whole file`,
  );
}

function readGraph(file: RandomFile, graph: Field, scope: string, found: OnnxFile, depth: number): void {
  if (depth > maxDepth) throw new KedgeError('model_invalid', `${file.path}: graphs lie ${depth} deep in each other`);
  const own = new Set<string>();
  for (const field of fieldsOf(file, graph.start, graph.end)) {
    if (!field.isBytes) continue;
    if (field.number === 5) own.add(add(found, readTensor(file, field, scope)));
    if (field.number === 15)
      for (const [i, part] of [...fieldsOf(file, field.start, field.end)].entries())
        if (part.isBytes && part.number < 3) add(found, readTensor(file, part, `${scope}sparse${i}/`));
    if (depth === 0 && field.number === 11) found.inputs.push(readValue(file, field));
    if (depth === 0 && field.number === 12) found.outputs.push(readValue(file, field));
  }
  readNodes(file, graph, 1, scope, found, depth);
  // Before IR version 4 every initializer is an input as well.
  if (depth === 0) found.inputs = found.inputs.filter(({name}) => !own.has(name));
}

/** Constants, and graphs inside nodes. */
function readNodes(file: RandomFile, within: Field, number: number, scope: string, found: OnnxFile, depth: number) {
  for (const node of fieldsOf(file, within.start, within.end)) {
    if (node.number !== number || !node.isBytes) continue;
    const fields = [...fieldsOf(file, node.start, node.end)].filter(field => field.isBytes);
    const attributes = fields.filter(field => field.number === 5);
    if (attributes.length === 0) continue;
    const output = fields.find(field => field.number === 2);
    const inner = `${scope}${output ? textOf(file, output) : ''}/`;
    for (const attribute of attributes)
      for (const field of fieldsOf(file, attribute.start, attribute.end)) {
        if (!field.isBytes) continue;
        if (field.number === 5 || field.number === 10) add(found, readTensor(file, field, inner));
        if (field.number === 6 || field.number === 11) readGraph(file, field, inner, found, depth + 1);
      }
  }
}

/** @returns its name */
function add(found: OnnxFile, {name, tensor}: ReturnType<typeof readTensor>): string {
  if (tensor) found.tensors.push(tensor);
  return name;
}
