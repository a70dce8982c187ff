import {realm} from '../realm.js';

/** Whether this browser gives a WebGPU adapter, in software or not. */
export async function hasAdapter(): Promise<boolean> {
  try {
    const gpu = (realm as {gpu?: {requestAdapter(): Promise<unknown>}}).gpu;
    return Boolean(await gpu?.requestAdapter());
  } catch {
    return false;
  }
}
