import type {Envelope} from './envelope.js';
import {type ErrorCode, KedgeError} from './errors.js';
import {jsonOf} from './json.js';
import {type JsonSchema, readBySchema} from './json-schema.js';
import type {Manifest} from './manifest.js';
import {manifestRules} from './manifest-rules.js';
import type {Release} from './release.js';
import {releaseRules} from './release-rules.js';
import type {AnyRules} from './rules.js';
import {envelopeSchema, manifestSchema, releaseSchema} from './schemas.js';

/** The same schemas as zod's, read by a fifth of the code: what a device loads must be small. */
function reader<T>(schema: JsonSchema, rules: AnyRules, code: ErrorCode) {
  return (text: string, where: string): T => {
    const result = readBySchema(jsonOf(text, code, where), schema, rules);
    if ('problem' in result) throw new KedgeError(code, `${where} does not fit its schema: ${result.problem}`);
    return result.value as T;
  };
}

/** @throws KedgeError `release_invalid`, naming the first field that is wrong */
export const readEnvelope = /* @__PURE__ */ reader<Envelope>(envelopeSchema, {}, 'release_invalid');
/** @throws KedgeError `manifest_invalid`, naming the first field that is wrong */
export const readManifest = /* @__PURE__ */ reader<Manifest>(manifestSchema, manifestRules, 'manifest_invalid');
/** @throws KedgeError `release_invalid`, naming the first field that is wrong */
export const readRelease = /* @__PURE__ */ reader<Release>(releaseSchema, releaseRules, 'release_invalid');
