import type {Attributes, SavedGroups} from './condition.js';

/** What is randomised: a device, a visitor or an account. */
export interface Unit {
  /** 1 to 1 024 UTF-16 code units; the same id must come back on the next visit. */
  id: string;
  /** For targeting; a missing attribute is null. */
  attributes?: Attributes | undefined;
  /** What `$inGroup`, `$notInGroup` and `$savedGroup` refer to. */
  groups?: SavedGroups | undefined;
}

/** Longest unit id, in UTF-16 code units. */
export const maxUnitIdLength = 1024;

/** @throws TypeError when it is not a string of 1 to 1 024 characters: a silent `''` or `0` would put everybody in one arm. */
export function checkUnitId(id: unknown): asserts id is string {
  if (typeof id === 'string' && id.length > 0 && id.length <= maxUnitIdLength) return;
  throw new TypeError(
    `unitId: expected a string of 1 to ${maxUnitIdLength} characters, got ${described(id)}; pass an id that stays the same for this device, visitor or account`,
  );
}

function described(id: unknown): string {
  if (typeof id === 'string') return id ? `${id.length} characters` : 'an empty string';
  if (typeof id === 'number') return `number ${id}`;
  return typeof id === 'object' ? (id ? 'an object' : 'null') : typeof id;
}
