import type {Context, KedgeEvent} from '@kedge/core';

/** Of an event that is about no prediction. */
export const nobody: Context = {
  unit: '',
  model: '',
  experiment: null,
  phase: 0,
  arm: null,
  version: null,
  digest: null,
  source: 'model',
  provider: null,
  release: 0,
};

/** What consent to counts leaves of an event. */
export function anonymous(event: KedgeEvent): KedgeEvent {
  return {...event, context: {...event.context, unit: ''}};
}
