import {createHash} from 'node:crypto';
import {basename} from 'node:path';
import {gunzipSync} from 'node:zlib';
import {CliError} from '../exit.js';
import {readInput} from '../read-input.js';
import {type Column, numberAt} from './column.js';
import {parseIdx} from './idx.js';
import {parseNdjson} from './ndjson.js';
import {parseNpy} from './npy.js';

/** Where validation data lies: a pair of IDX or NPY files (gzipped or not), or one NDJSON file. */
export type DatasetSource = {examples: string; labels: string} | {ndjson: string};

/** Labelled examples, whatever file they came from. */
export interface Dataset {
  name: string;
  /** SHA-256 over the files' uncompressed bytes, one after the other. */
  sha256: string;
  examples: number;
  /** By input name; under the empty name when the file does not name it. */
  columns: ReadonlyMap<string, Column>;
  /** A class index, a class name, or a value. */
  labels: ArrayLike<number | string>;
}

/**
 * @param limit only the first so many examples; the digest stays that of the whole files
 * @throws CliError (usage) when a file is missing, damaged, or the two do not fit
 */
export async function readDataset(source: DatasetSource, limit = Infinity): Promise<Dataset> {
  const dataset = 'ndjson' in source ? await readNdjson(source.ndjson) : await readPair(source.examples, source.labels);
  if (dataset.examples === 0) throw new CliError('usage', `${dataset.name} holds no examples`);
  return {...dataset, examples: Math.min(dataset.examples, limit)};
}

async function readPair(examplesFile: string, labelsFile: string): Promise<Dataset> {
  const [examples, labels] = await Promise.all([readArray(examplesFile), readArray(labelsFile)]);
  const count = examples.array.examples;
  if (count !== labels.array.examples)
    throw new CliError(
      'usage',
      `${examplesFile} holds ${count} examples, but ${labelsFile} ${labels.array.examples} labels; they do not belong together`,
    );
  if (labels.array.data.length !== count)
    throw new CliError(
      'usage',
      `${labelsFile}: expected one label an example, got the shape [${labels.array.shape.join(', ')}] for each`,
    );
  const {dtype, data} = labels.array;
  return {
    name: basename(examplesFile),
    sha256: digest(examples.bytes, labels.bytes),
    examples: count,
    columns: new Map([['', examples.array]]),
    labels: Array.from({length: count}, (_, i) => numberAt(data, dtype, i)),
  };
}

async function readNdjson(file: string): Promise<Dataset> {
  const bytes = await readPlain(file);
  const {columns, labels} = parseNdjson(new TextDecoder().decode(bytes), file);
  return {name: basename(file), sha256: digest(bytes), examples: labels.length, columns, labels};
}

async function readArray(file: string) {
  const bytes = await readPlain(file);
  // NPY begins with 0x93; IDX with two zero bytes, and says so itself when it is neither.
  return {bytes, array: bytes[0] === 0x93 ? parseNpy(bytes, file) : parseIdx(bytes, file)};
}

async function readPlain(file: string): Promise<Uint8Array> {
  const bytes = await readInput(file, 'validation data');
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (cause) {
    throw new CliError('usage', `${file} is a damaged or truncated gzip file; fetch it again`, {cause});
  }
}

function digest(...parts: Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
