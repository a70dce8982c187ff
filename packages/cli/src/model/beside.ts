import {realpath, stat} from 'node:fs/promises';
import {dirname, join, sep} from 'node:path';
import {Artifact, KedgeError} from '@kedge/core';
import {missingInput} from '../read-input.js';

const isPath = (path: string) => Artifact.shape.path.safeParse(path).success;

/**
 * A file that a model names, beside it. A model comes from anywhere: one that names `../../.ssh/id` would have it published.
 *
 * @param named as the model has it
 * @returns its path inside the version, and on this machine
 * @throws KedgeError `model_invalid` when it leads out of the model's folder; CliError (usage) when it is not there
 */
export async function besideModel(model: string, named: string, what: string): Promise<{path: string; file: string}> {
  const path = named.replace(/^(\.\/)+/, '');
  const refuse = (problem: string, todo: string) =>
    new KedgeError('model_invalid', `${model}: ${what} ${JSON.stringify(named)} ${problem}; ${todo}`);
  if (!isPath(path))
    throw refuse(
      'is no relative path of letters, digits, dots and dashes inside the model’s folder',
      'export it with its files beside the model',
    );
  const file = join(dirname(model), path);
  try {
    await stat(file);
  } catch (cause) {
    throw missingInput(cause, file, what);
  }
  const [folder, real] = [await realpath(dirname(model)), await realpath(file)];
  if (!real.startsWith(folder.endsWith(sep) ? folder : folder + sep))
    throw refuse(`leads out of the folder, to ${real}`, 'copy the file beside the model');
  return {path, file};
}
