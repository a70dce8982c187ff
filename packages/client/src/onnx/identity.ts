import {fromBase64} from '@kedge/core';

/** `y = |x|` over float32 of any shape, opset 13. */
const base64 = 'CAc6JgoLCgF4EgF5IgNBYnMSAWdaCQoBeBIECgIIAWIJCgF5EgQKAggBQgIQDQ==';

/** The smallest model: creating its session starts the runtime, so that this overlaps with reading the store. */
export function identityModel(): Uint8Array {
  return fromBase64(base64)!;
}
