/** A binary that is compiled while it is read. */
export interface Compiling {
  /** The next bytes. */
  add(bytes: Uint8Array<ArrayBuffer>): void;
  end(): void;
  /** Rejects when it ended too early. */
  module: Promise<WebAssembly.Module>;
}

/** Undefined where the browser compiles only what is there as a whole. */
export function compiling(): Compiling | undefined {
  if (!('compileStreaming' in WebAssembly)) return undefined;
  let controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(own) {
      controller = own;
    },
  });
  const module = WebAssembly.compileStreaming(new Response(stream, {headers: {'content-type': 'application/wasm'}}));
  // The binary that was read whole serves without it.
  module.catch(() => {});
  return {add: bytes => controller.enqueue(bytes), end: () => controller.close(), module};
}
