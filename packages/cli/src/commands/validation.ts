import type {Command} from 'commander';
import type {DatasetSource} from '../data/dataset.js';
import {CliError} from '../exit.js';

export interface ValidationFlags {
  validation?: string[];
  data?: string;
  labels?: string;
  ndjson?: string;
  limit?: number;
}

export function addValidation(command: Command): Command {
  return command
    .option('--validation <files...>', 'two IDX files, images and labels, gzipped or not')
    .option('--data <file>', 'examples as NPY, with --labels')
    .option('--labels <file>', 'labels as NPY, with --data')
    .option('--ndjson <file>', 'one {"inputs": {…}, "label": …} a line')
    .option('--limit <n>', 'only the first N examples', wholeNumber);
}

/** @throws CliError (usage) when the flags do not name one dataset */
export function validationOf({validation, data, labels, ndjson}: ValidationFlags): DatasetSource | undefined {
  const given = [validation, data ?? labels, ndjson].filter(flag => flag !== undefined).length;
  if (given > 1)
    throw new CliError('usage', 'give the validation set once: --validation, or --data and --labels, or --ndjson');
  if (ndjson !== undefined) return {ndjson};
  if (validation) {
    const [examples, classes, ...more] = validation;
    if (examples !== undefined && classes !== undefined && more.length === 0) return {examples, labels: classes};
    throw new CliError('usage', `--validation: expected two files, images and labels, got ${validation.length}`);
  }
  if (data === undefined && labels === undefined) return undefined;
  if (data !== undefined && labels !== undefined) return {examples: data, labels};
  throw new CliError('usage', '--data and --labels go together; give both');
}

export function wholeNumber(text: string): number {
  if (/^\d+$/.test(text) && Number(text) > 0) return Number(text);
  throw new CliError('usage', `expected a whole number above 0, got ${JSON.stringify(text)}`);
}
