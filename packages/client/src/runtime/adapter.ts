import {realm} from '../realm.js';

interface AdapterInfo {
  vendor: string;
  architecture: string;
  device: string;
  description: string;
}

/** Vendor, architecture, device and description, as far as they are told. */
export function nameOf(info: AdapterInfo | undefined): string {
  return [info?.vendor, info?.architecture, info?.device, info?.description].filter(Boolean).join(' ');
}

/** Of the GPU that this browser gives; empty without one. */
export async function adapterName(): Promise<string> {
  const adapter = (await requestAdapter()) as {info?: AdapterInfo} | null | undefined;
  return nameOf(adapter?.info);
}

/** Whether this browser gives a WebGPU adapter, in software or not. */
export async function hasAdapter(): Promise<boolean> {
  return Boolean(await requestAdapter());
}

async function requestAdapter(): Promise<unknown> {
  try {
    return await (realm as {gpu?: {requestAdapter(): Promise<unknown>}}).gpu?.requestAdapter();
  } catch {
    return undefined;
  }
}
