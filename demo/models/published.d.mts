/** A model that others made and published in the npm registry. */
export interface Published {
  name: string;
  /** As its makers count. */
  version: string;
  /** Its ONNX file. */
  file(): string;
  /** What belongs into its manifest besides `model.json`. */
  classes(): string[] | undefined;
  /** Writes the golden inputs. */
  examples(folder: string): Dataset;
}

export type Dataset = {examples: string; labels: string} | {ndjson: string};

export const published: readonly Published[];

/** Calls `use` with what `kedge pack` needs for a published model, in a folder that is removed after. */
export function withFiles<T>(
  model: Published,
  use: (files: {model: string; meta: string; validation: Dataset}) => Promise<T>,
): Promise<T>;
