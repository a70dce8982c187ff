import {KedgeError} from '@kedge/core';
import type {GivenImage, MemoryImage, StartFrom} from '../runtime/runtime.js';
import {answering, placeholder} from './answering.js';
import type {OrtModule} from './module.js';

const pageBytes = 65_536;

/**
 * Starts onnxruntime from its binary, and from an image of the memory of an earlier start where there is one. Registering every
 * operator is half of a start and leaves the same memory each time: with the image it is done already, and onnxruntime finds
 * its environment there when it asks for one.
 *
 * @param start resolves when the runtime stands, with no session left
 * @param flags `env.wasm` of onnxruntime
 * @returns the image of that memory, for a later start of the same binary; undefined where it started from one
 * @throws KedgeError `runtime_unavailable` when the image does not fit what was started; what `start` throws
 */
export async function startFrom(
  {binary, module, image}: StartFrom,
  start: () => Promise<void>,
  flags: NonNullable<OrtModule['env']['wasm']>,
): Promise<MemoryImage | undefined> {
  const onTrap = () => void (flags.trapped ??= image?.onTrap?.().catch(() => {}));
  const watch = new Watch(image, onTrap);
  const instance = async (imports: WebAssembly.Imports) => {
    const compiled = (await module?.catch(() => undefined)) ?? (await WebAssembly.compile(binary));
    return {module: compiled, instance: watch.over(await WebAssembly.instantiate(compiled, imports), imports)};
  };
  flags.wasmBinary = placeholder;
  await answering(instance, start);
  return watch.image();
}

type Exported = (...args: unknown[]) => unknown;

/** One instance: whose memory is replaced once its constructors have run, or copied when it stands. */
class Watch {
  readonly #given: GivenImage | undefined;
  readonly #onTrap: () => void;
  #memory: WebAssembly.Memory | undefined;
  /** The export that is called first, which runs the constructors. */
  #first: string | undefined;

  constructor(given: GivenImage | undefined, onTrap: () => void) {
    this.#given = given;
    this.#onTrap = onTrap;
  }

  over(instance: WebAssembly.Instance, imports: WebAssembly.Imports): WebAssembly.Instance {
    this.#memory = memoryIn(imports);
    return {exports: this.#given ? this.#restoring(instance, this.#given) : this.#noting(instance)};
  }

  #restoring({exports}: WebAssembly.Instance, image: MemoryImage): WebAssembly.Exports {
    const construct = exports[image.first] as Exported | undefined;
    const memory = this.#memory;
    if (!construct || !memory)
      throw new KedgeError(
        'runtime_unavailable',
        `the image of the runtime's memory is of another build: no ${image.first}`,
      );
    const once = () => {
      // Threads and the stack are set up beside the memory.
      construct();
      restore(memory, image);
      // These exports stay, and with them what is named here.
      image.data = new Uint8Array();
    };
    return {...(this.#given?.onTrap ? guarded(exports, this.#onTrap) : exports), [image.first]: once};
  }

  #noting({exports}: WebAssembly.Instance): WebAssembly.Exports {
    const noted = Object.entries(exports).map(([name, value]) => {
      if (typeof value !== 'function' || value.length > 0) return [name, value];
      const call = () => {
        this.#first ??= name;
        return (value as Exported)();
      };
      return [name, call];
    });
    return Object.fromEntries(noted) as WebAssembly.Exports;
  }

  async image(): Promise<MemoryImage | undefined> {
    if (this.#given || !this.#memory || this.#first === undefined) return undefined;
    const file = await import('../trim.js').catch(() => undefined);
    return file && {first: this.#first, ...file.copyOf(new Uint8Array(this.#memory.buffer))};
  }
}

/** What traps in one of these may have called a function that is not there. */
function guarded(exports: WebAssembly.Exports, onTrap: () => void): WebAssembly.Exports {
  const guard =
    (value: Exported) =>
    (...args: unknown[]) => {
      try {
        return value(...args);
      } catch (error) {
        if (error instanceof WebAssembly.RuntimeError) onTrap();
        throw error;
      }
    };
  return Object.fromEntries(
    Object.entries(exports).map(([name, value]) => [
      name,
      typeof value === 'function' ? guard(value as Exported) : value,
    ]),
  );
}

function memoryIn(imports: WebAssembly.Imports): WebAssembly.Memory | undefined {
  return Object.values(imports)
    .flatMap(module => Object.values(module))
    .find(value => value instanceof WebAssembly.Memory);
}

/**
 * Where the browser gives no more memory, nothing is put back, and the runtime starts as it does without. Nothing may be thrown
 * from here: onnxruntime would wait for ever.
 */
function restore(memory: WebAssembly.Memory, {bytes, runs, data}: MemoryImage): void {
  if (!hasRoom(memory, bytes)) return;
  const heap = new Uint8Array(memory.buffer);
  let from = 0;
  let end = 0;
  for (const [begin, length] of runs) {
    // What the constructors wrote there was zero again when the image was made.
    heap.fill(0, end, begin);
    heap.set(data.subarray(from, from + length), begin);
    from += length;
    end = begin + length;
  }
}

function hasRoom(memory: WebAssembly.Memory, bytes: number): boolean {
  const missing = bytes - memory.buffer.byteLength;
  try {
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
    return true;
  } catch {
    return false;
  }
}
