import {KedgeError} from '@kedge/core';
import {realm} from '../realm.js';
import {within} from './within.js';

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

/** @throws KedgeError `runtime_unavailable` where there is none, or the GPU process hangs */
export async function needAdapter(): Promise<void> {
  if (!(await requestAdapter()))
    throw new KedgeError('runtime_unavailable', 'this browser gives no GPU, or its GPU process does not answer');
}

/** A GPU process that hangs never does. */
const answersWithinMs = 10_000;

async function requestAdapter(): Promise<unknown> {
  const {gpu} = realm as {gpu?: {requestAdapter(): Promise<unknown>}};
  try {
    return gpu && (await within(answersWithinMs, gpu.requestAdapter()));
  } catch {
    return undefined;
  }
}
