// As browsers are that have WebGPU and can't suspend WebAssembly. A file of its own, so that it runs before the client's worker is loaded.
const wasm = WebAssembly as {Suspending?: unknown; promising?: unknown};
delete wasm.Suspending;
delete wasm.promising;
