import * as z from 'zod/mini';
import {type RuleName, rules} from './rules.js';

/** A schema with the rules of this name, checked by zod and named in the JSON Schema that is made of it. */
export function ruled<S extends z.ZodMiniType>(name: RuleName, schema: S): S {
  const checks = rules[name].map(({error, path, test}) => z.refine(test as (value: unknown) => boolean, {error, path}));
  const checked = schema.check(...checks);
  z.globalRegistry.add(checked, {rules: name});
  return checked;
}
