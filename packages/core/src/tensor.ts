import * as z from 'zod/mini';
import {dtypes} from './dtype.js';
import {ruled} from './ruled.js';

/** One input or output: a dimension is a positive integer, or a symbolic name such as `batch`. */
export const TensorSpec = z.object({
  name: z.string().check(z.minLength(1)),
  dtype: z.enum(dtypes),
  shape: z.array(z.union([z.int().check(z.positive()), z.string().check(z.minLength(1))])),
  /** Inclusive value range, in `units`. Outputs outside it are refused. */
  range: z.optional(ruled('bounds', z.tuple([z.number(), z.number()]))),
  units: z.optional(z.string()),
  /** NaN and infinity are values here, such as NaN for what is missing or -Infinity in a mask. Without it they are refused. */
  nonFinite: z.optional(z.boolean()),
});
export type TensorSpec = z.infer<typeof TensorSpec>;
