/** Address of the 1 000 test digits, filled in by the build. */
declare const __DIGITS_URL__: string;
/** What the service worker keeps, filled in by the build after all files are written. */
declare const __OFFLINE_PLAN__: import('./offline/plan.js').OfflinePlan;
/** Size of onnxruntime's WebAssembly file, filled in by the build. */
declare const __RUNTIME_BYTES__: number;
