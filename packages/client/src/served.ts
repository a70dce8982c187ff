import type {Assignment, KedgeError} from '@kedge/core';
import type {Served} from './api.js';
import type {Loaded} from './loader.js';

/** What was decided before the model existed. */
export interface Opening {
  name: string;
  assignment?: Assignment | undefined;
  /** The assigned version's address (the champion's where the model is turned off); undefined when no release names one. */
  digest: string | undefined;
  /** Of smaller forms of it, the largest first. */
  variants: readonly string[];
  /** Why the assigned version can't be tried at all. */
  refused?: KedgeError;
}

/** What answers, and why. No version does where a baseline does. */
export type Answering = [source: Served['source'], loaded: Loaded | undefined, why: KedgeError | undefined];

export function servedBy({name, assignment}: Opening, ...[source, loaded, why]: Answering): Served {
  const arm = assignment?.experiment && assignment;
  return {
    model: name,
    version: loaded?.manifest.version ?? null,
    digest: loaded?.digest ?? null,
    experiment: arm?.experiment.key ?? null,
    variant: arm?.arm.key ?? null,
    executionProvider: loaded?.provider ?? null,
    source,
    reason: source === 'model' ? (arm ? 'assigned' : 'champion') : (why?.code ?? 'model_invalid'),
  };
}
