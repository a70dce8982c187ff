/** What a JSON Schema can't say. `path` is where the fault shows, inside the value. */
export interface Rule<T> {
  error: string;
  path: string[];
  test(value: T): boolean;
}

/**
 * Rules by the name of the schema that they belong to; `Ruled` says what each judges. zod runs them where models are made,
 * `readBySchema` where they are used.
 */
export type RuleSet<Ruled> = {[Name in keyof Ruled]: readonly Rule<Ruled[Name]>[]};

/** Of any document, for its reader. */
export type AnyRules = Readonly<Record<string, readonly Rule<never>[]>>;

export const areDistinct = (names: readonly string[]) => new Set(names).size === names.length;
