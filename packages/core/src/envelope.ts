import * as z from 'zod/mini';

/** Dead Simple Signing Envelope v1, https://github.com/secure-systems-lab/dsse */
export const Envelope = z.object({
  payloadType: z.string(),
  /** Base64 of the signed bytes. */
  payload: z.string(),
  signatures: z.array(z.object({keyid: z.optional(z.string()), sig: z.string()})),
});
export type Envelope = z.infer<typeof Envelope>;
