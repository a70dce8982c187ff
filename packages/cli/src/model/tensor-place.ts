import type {ElementType} from '@kedge/core';

/** Where the bytes of a tensor, or the part of one that a file holds, lie among a model's files. */
export interface TensorPlace {
  /** The same for the same tensor in another version: name, type and shape. */
  key: string;
  /** Path of the artifact that holds it. */
  artifact: string;
  offset: number;
  bytes: number;
  /** How differences are taken of it; undefined for types that a patch only copies. */
  element: ElementType | undefined;
}
