import {Card, dtypes, features, isFeature, KedgeError, Lineage, parse} from '@kedge/core';
import * as z from 'zod/mini';
import {readInputJson} from '../read-input.js';

const TensorMeta = z.strictObject({
  range: z.optional(z.tuple([z.number(), z.number()])),
  units: z.optional(z.string()),
  nonFinite: z.optional(z.boolean()),
  shape: z.optional(z.array(z.union([z.int().check(z.positive()), z.string().check(z.minLength(1))]))),
  dtype: z.optional(z.enum(dtypes)),
});
export type TensorMeta = z.infer<typeof TensorMeta>;

const TensorMetas = z._default(z.record(z.string(), TensorMeta), {});

const Feature = z
  .string()
  .check(z.refine(isFeature, {error: `expected ${features.join(', ')}, memory-N (GiB) or binding-N (MiB)`}));

/** `model.json` beside a model: everything of its manifest that does not follow from the model file. */
export const Meta = z.strictObject({
  task: z.enum(['classification', 'regression', 'other']),
  format: z._default(z.enum(['onnx', 'tfjs-graph', 'tfjs-layers']), 'onnx'),
  classes: z.optional(z.array(z.string()).check(z.minLength(2))),
  /** For a tfjs model the order is the model's, and the names are free. */
  inputs: TensorMetas,
  outputs: TensorMetas,
  preprocess: z.optional(z.strictObject({version: z.string(), description: z.string()})),
  /** How many examples become golden vectors, and how far a device may be off. */
  golden: z._default(
    z.strictObject({
      count: z.int().check(z.gte(1), z.lte(100)),
      absolute: z.number().check(z.nonnegative()),
      relative: z.number().check(z.nonnegative()),
    }),
    {count: 10, absolute: 1e-3, relative: 1e-2},
  ),
  baseline: z.optional(z.record(z.string(), z.array(z.number()))),
  lineage: z._default(Lineage, {}),
  card: z.optional(Card),
  runtime: z.optional(z.object({package: z.string(), version: z.string()})),
  /** What a device must have to be given this form; the manifest's `runtime.features`. */
  features: z.optional(z.array(Feature).check(z.minLength(1))),
});
export type Meta = z.infer<typeof Meta>;

/** @throws CliError (usage) when the file is missing; KedgeError `manifest_invalid` naming the field that is wrong */
export async function readMeta(file: string): Promise<Meta> {
  return parseMeta(await readInputJson(file, '--meta'), file);
}

/** @throws KedgeError `manifest_invalid` naming the field that is wrong */
export function parseMeta(value: unknown, file: string): Meta {
  const unknown = Meta.safeParse(value).error?.issues.find(issue => issue.code === 'unrecognized_keys');
  if (unknown) {
    const fields = unknown.keys.map(key => [...unknown.path, key].join('.'));
    throw new KedgeError(
      'manifest_invalid',
      `--meta ${file}: ${fields.join(', ')}: no such field; docs/cli.md lists them`,
    );
  }
  return parse(Meta, value, 'manifest_invalid', `--meta ${file}`);
}
