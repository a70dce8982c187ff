import type {ReleasedVersion} from '@kedge/core';

/** Manifests of a version's other forms, the largest first: each loses less than the one after it. One may be larger than the full form, as float32 beside float16. */
export function otherForms({variants = []}: ReleasedVersion): string[] {
  return [...variants].sort((a, b) => b.bytes - a.bytes).map(({manifest}) => manifest);
}
