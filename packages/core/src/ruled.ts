import * as z from 'zod/mini';
import {manifestRules, type RuledInManifest} from './manifest-rules.js';
import {releaseRules, type RuledInRelease} from './release-rules.js';
import type {Rule, RuleSet} from './rules.js';

interface Ruled extends RuledInManifest, RuledInRelease {}

const rules: RuleSet<Ruled> = {...manifestRules, ...releaseRules};

/** A schema with the rules of this name, checked by zod and named in the JSON Schema that is made of it. */
export function ruled<S extends z.ZodMiniType>(name: keyof Ruled, schema: S): S {
  const checks = (rules[name] as readonly Rule<unknown>[]).map(({error, path, test}) => z.refine(test, {error, path}));
  const checked = schema.check(...checks);
  z.globalRegistry.add(checked, {rules: name});
  return checked;
}
