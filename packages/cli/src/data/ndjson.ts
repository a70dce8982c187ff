import * as z from 'zod/mini';
import {CliError} from '../exit.js';
import type {Column} from './column.js';

const Row = z.object({
  inputs: z.record(z.string(), z.unknown()),
  label: z.union([z.number(), z.string()]),
});

interface Growing {
  length: number;
  values: number[];
}

export interface NdjsonData {
  columns: Map<string, Column>;
  labels: (number | string)[];
}

/**
 * One example a line: `{"inputs": {"image": [0, 0.5, …]}, "label": 7}`; an input may be nested, it is read row by row.
 *
 * @throws CliError (usage) naming file and line
 */
export function parseNdjson(text: string, file: string): NdjsonData {
  const columns = new Map<string, Growing>();
  const labels: (number | string)[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const where = `${file}:${index + 1}`;
    const {inputs, label} = parseRow(line, where);
    if (labels.length > 0 && Object.keys(inputs).length !== columns.size)
      throw new CliError(
        'usage',
        `${where}: expected the inputs ${[...columns.keys()].join(', ')}, got ${Object.keys(inputs).join(', ')}`,
      );
    for (const [name, value] of Object.entries(inputs)) append(columns, labels.length === 0, name, value, where);
    labels.push(label);
  }
  if (labels.length === 0) throw new CliError('usage', `${file} holds no example; expected one JSON object a line`);
  return {columns: new Map([...columns].map(([name, grown]) => [name, toColumn(grown)])), labels};
}

function parseRow(line: string, where: string) {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new CliError('usage', `${where} is not JSON: it begins with ${JSON.stringify(line.slice(0, 24))}`, {cause});
  }
  const row = Row.safeParse(value);
  if (row.success) return row.data;
  const field = row.error.issues[0]?.path.join('.') || 'the line';
  throw new CliError(
    'usage',
    `${where}: ${field} is missing or wrong; expected {"inputs": {"name": [numbers]}, "label": …}`,
  );
}

function append(columns: Map<string, Growing>, first: boolean, name: string, value: unknown, where: string): void {
  const values = [value].flat(Infinity);
  if (!values.every(item => typeof item === 'number'))
    throw new CliError(
      'usage',
      `${where}: inputs.${name}: expected numbers, got ${JSON.stringify(values.find(item => typeof item !== 'number'))}`,
    );
  let column = columns.get(name);
  if (!column && !first) throw new CliError('usage', `${where}: inputs.${name} is not in the lines before it`);
  if (!column) columns.set(name, (column = {length: values.length, values: []}));
  if (values.length !== column.length)
    throw new CliError(
      'usage',
      `${where}: inputs.${name}: expected ${column.length} numbers as in the first line, got ${values.length}`,
    );
  for (const item of values) column.values.push(item);
}

function toColumn({length, values}: Growing): Column {
  return {dtype: 'float64', shape: [length], data: Float64Array.from(values)};
}
