import {type ErrorCode, isKedgeError} from '@kedge/core';
import {ConfigError} from './config.js';

/** A problem as the page tells it. */
export interface Problem {
  /** What happened, for anybody. */
  what: string;
  /** What to do now. */
  remedy: string;
  /** Kedge's code, or `config`, `input` or `unexpected`. */
  code: ErrorCode | 'config' | 'input' | 'unexpected';
  /** The exact message, for whoever mends it. */
  detail: string;
}

/** What the visitor gave, or the device allows, is not what is needed; `message` is the exact cause. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly what: string;
  readonly remedy: string;

  constructor(what: string, remedy: string, cause: unknown) {
    super(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause), {cause});
    this.what = what;
    this.remedy = remedy;
  }
}

const again = 'Try again; if it stays, tell whoever runs this server.';
const reload = 'Reload the page.';
const operator = 'Only whoever runs this server can mend it. Nothing that was stored before is lost.';

const words: Record<ErrorCode, readonly [what: string, remedy: string]> = {
  network: ['The server could not be reached.', 'Check the connection and try again. What is stored goes on working.'],
  response_invalid: ['The server answered with something that is not part of a model.', operator],
  release_invalid: ['The list of released models is damaged.', operator],
  signature_invalid: [
    'The list of released models is not signed by a key that this page trusts, and was refused.',
    operator,
  ],
  release_expired: ['The list of released models has run out.', operator],
  release_rollback: [
    'The server offered an older list of models than this device has seen, and it was refused.',
    operator,
  ],
  manifest_invalid: ['The description of the model is damaged, and was refused.', operator],
  artifact_corrupt: ['The model that arrived is not the model that was released. Nothing of it was stored.', again],
  storage_unavailable: [
    'This browser stores nothing for this page.',
    'The model runs from memory and is downloaded anew next time.',
  ],
  storage_full: [
    'This device has no room left for the model.',
    'The model runs from memory. Free some space, or use “Forget everything”.',
  ],
  runtime_unavailable: [
    'The model’s runtime could not be started here.',
    `${reload} If it stays, try a newer browser.`,
  ],
  model_unknown: ['This server has no such model.', operator],
  model_disabled: ['The operator has turned this model off.', 'Until it is on again, the naive answer is shown.'],
  model_invalid: ['The model’s file could not be loaded.', operator],
  golden_mismatch: ['The model gives wrong numbers on this device, so it may not answer here.', 'Try another browser.'],
  input_invalid: ['What the model was asked does not have the form that it needs.', reload],
  output_invalid: ['The model gave an impossible answer, which was thrown away.', 'Ask it again.'],
  deadline_exceeded: ['The model took too long.', 'Try again.'],
  superseded: ['Something newer was asked meanwhile.', 'Nothing to do: its answer comes.'],
  worker_lost: ['The model’s worker stopped.', 'Try again: it is started anew.'],
  events_invalid: ['What was to be told could not be read.', reload],
  closed: ['The model was closed.', reload],
};

/** Any thrown value in plain words. */
export function problemOf(error: unknown): Problem {
  const detail = error instanceof Error ? error.message : String(error);
  if (isKedgeError(error)) {
    const [what, remedy] = words[error.code] ?? ['Something went wrong.', reload];
    return {what, remedy, code: error.code, detail};
  }
  if (error instanceof InputError) return {what: error.what, remedy: error.remedy, code: 'input', detail};
  if (error instanceof ConfigError)
    return {
      what: 'This page does not know its server.',
      remedy: 'Start the server, then reload.',
      code: 'config',
      detail,
    };
  return {what: 'Something went wrong that should not.', remedy: reload, code: 'unexpected', detail};
}
