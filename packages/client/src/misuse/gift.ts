import {toKedgeError} from '@kedge/core';
import {taken} from '../inputs.js';
import type {Tensors} from '../runtime/runtime.js';

/** Of memory that stays where it is, such as WebAssembly's. @throws KedgeError `input_invalid` that names the tensor */
export function refuseGift(tensors: Tensors, cause: unknown): never {
  throw toKedgeError(cause, 'input_invalid', `input ${stuckOf(tensors)} can't be given away, leave out transfer`);
}

/** The one to blame: the others may have been moved before it. */
function stuckOf(tensors: Tensors): string | undefined {
  return Object.keys(tensors).find(name => {
    const tensor = tensors[name]!;
    try {
      if (tensor.data.length > 0) taken({[name]: tensor});
    } catch {
      return true;
    }
    return false;
  });
}
