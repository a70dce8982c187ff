import {realm} from '../realm.js';
import {nameOf} from '../runtime/adapter.js';

/** The part of WebGPU that is asked. */
interface Adapter {
  isFallbackAdapter?: boolean;
  info?: {vendor: string; architecture: string; device: string; description: string; isFallbackAdapter?: boolean};
  features: ReadonlySet<string>;
  limits: {maxBufferSize: number; maxStorageBufferBindingSize: number};
}

/** A GPU as this browser shows it. */
export interface GpuFacts {
  /** Vendor, architecture, device and description, as far as they are told. */
  name: string;
  /** It computes in software. */
  software: boolean;
  float16: boolean;
  maxBufferBytes: number;
  maxBindingBytes: number;
}

/** What of this device matters to where a model computes. */
export interface DeviceFacts {
  gpu: GpuFacts | null;
  /** WASM may have threads. */
  isolated: boolean;
  /** WebAssembly can wait for promises: the smaller WebGPU build serves. */
  jspi: boolean;
  /** Null where nobody says. */
  cores: number | null;
  /** As coarse as the browser tells it; null where it does not. */
  memoryGiB: number | null;
}

export async function probe(): Promise<DeviceFacts> {
  return {
    gpu: await gpuFacts(),
    isolated: Boolean(globalThis.crossOriginIsolated),
    jspi: 'Suspending' in WebAssembly,
    cores: realm.hardwareConcurrency ?? null,
    memoryGiB: (realm as {deviceMemory?: number}).deviceMemory ?? null,
  };
}

/** A GPU process that hangs never answers: whoever asks would wait for ever, and all measurements after it. */
const gpuWithinMs = 10_000;
/** Until it answers after all, nobody waits for it again. */
let isSilent = false;

async function gpuFacts(): Promise<GpuFacts | null> {
  const {gpu} = realm as {gpu?: {requestAdapter(): Promise<Adapter | null>}};
  if (!gpu || isSilent) return null;
  try {
    const adapter = await inTime(gpu.requestAdapter());
    return adapter && factsOf(adapter);
  } catch {
    return null;
  }
}

function inTime(asked: Promise<Adapter | null>): Promise<Adapter | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      isSilent = true;
      resolve(null);
    }, gpuWithinMs);
    const answered = () => {
      clearTimeout(timer);
      isSilent = false;
    };
    asked.finally(answered).then(resolve, reject);
  });
}

function factsOf({info, isFallbackAdapter, features, limits}: Adapter): GpuFacts {
  const name = nameOf(info);
  return {
    name,
    // Chrome names its software adapter where it does not flag it.
    software:
      Boolean(info?.isFallbackAdapter ?? isFallbackAdapter) ||
      /swiftshader|llvmpipe|lavapipe|warp|basic render/i.test(name),
    float16: features.has('shader-f16'),
    maxBufferBytes: limits.maxBufferSize,
    maxBindingBytes: limits.maxStorageBufferBindingSize,
  };
}
