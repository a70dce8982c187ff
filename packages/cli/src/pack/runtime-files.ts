import {createHash} from 'node:crypto';
import {createReadStream, existsSync, readFileSync} from 'node:fs';
import {utimes} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {basename, dirname, join, resolve} from 'node:path';
import {type Artifact, KedgeError, type Manifest} from '@kedge/core';
import {CliError} from '../exit.js';
import {blobPath} from '../registry/paths.js';
import {listVersions} from '../registry/read.js';
import {exists, storeArtifact} from '../registry/write.js';

/** Which of a runtime's binaries a version pins. */
export type RuntimeFiles = 'wasm' | 'default' | 'all';

export interface RuntimeFilesOptions {
  /** False: none. @default 'default', the WebAssembly build and the one for WebGPU that fits on every host */
  runtimeFiles?: RuntimeFiles | false;
  /** The runtime's package, or its `dist`. @default the one that this folder, then kedge itself, resolves */
  runtimeDir?: string;
}

/** Hosts refuse larger files: Cloudflare Pages takes 25 MiB. */
const hostLimitBytes = 25 * 2 ** 20;

const builds: Record<string, Record<RuntimeFiles, readonly string[]>> = {
  'onnxruntime-web': {
    wasm: ['ort-wasm-simd-threaded.wasm'],
    default: ['ort-wasm-simd-threaded.wasm', 'ort-wasm-simd-threaded.jspi.wasm'],
    all: ['ort-wasm-simd-threaded.wasm', 'ort-wasm-simd-threaded.jspi.wasm', 'ort-wasm-simd-threaded.asyncify.wasm'],
  },
};
const tfjsWasm = ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm-threaded-simd.wasm'];
builds['@tensorflow/tfjs-backend-wasm'] = {wasm: tfjsWasm.slice(0, 2), default: tfjsWasm, all: tfjsWasm};

interface Found {
  version: string;
  dist: string;
}

/**
 * The runtime with its binaries pinned: stored as blobs, once for all versions that need them.
 *
 * @returns `dist`: the folder that they were taken from
 * @param stated whether the author named the runtime's version; then binaries of another one are not pinned
 * @throws CliError (usage) when `runtimeDir` is no such package
 */
export async function pinRuntime(
  registry: string,
  runtime: Manifest['runtime'],
  stated: boolean,
  {runtimeFiles = 'default', runtimeDir}: RuntimeFilesOptions,
): Promise<{runtime: Manifest['runtime']; dist?: string; notes: string[]}> {
  const name = runtime.package.startsWith('@tensorflow/') ? '@tensorflow/tfjs-backend-wasm' : runtime.package;
  if (runtimeFiles === false || !builds[name]) return {runtime, notes: []};
  const without = (why: string) => ({
    runtime,
    notes: [`runtime files are not pinned: ${why}; devices take them from wherever the page’s bundle has them`],
  });
  const found = runtimeDir === undefined ? resolvePackage(name) : packageAt(runtimeDir, name);
  if (!found) return without(`${name} is not installed here (npm install ${name}, or --runtime-dir DIR)`);
  if (stated && found.version !== runtime.version)
    return without(`--meta names ${runtime.package} ${runtime.version}, installed is ${name} ${found.version}`);
  const files = await storeFiles(registry, found.dist, builds[name][runtimeFiles]);
  const large = files.filter(({bytes}) => bytes > hostLimitBytes);
  return {
    runtime: {...runtime, version: found.version, files},
    dist: found.dist,
    notes: large.map(({path, bytes}) => `${path} has ${bytes} bytes: some static hosts refuse more than 25 MiB`),
  };
}

function resolvePackage(name: string): Found | undefined {
  for (const from of [join(resolve('.'), 'kedge.js'), import.meta.url]) {
    try {
      const file = createRequire(from).resolve(name);
      for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
        const found = readPackage(folder, name);
        if (found) return found;
      }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
    }
  }
  return undefined;
}

function packageAt(folder: string, name: string): Found {
  const found =
    readPackage(folder, name) ?? (basename(folder) === 'dist' ? readPackage(dirname(folder), name) : undefined);
  if (found) return found;
  throw new CliError(
    'usage',
    `--runtime-dir: ${folder} is not the package ${name}: it has no package.json of that name`,
  );
}

function readPackage(folder: string, name: string): Found | undefined {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return undefined;
  const about = JSON.parse(readFileSync(file, 'utf8')) as {name?: string; version?: string};
  return about.name === name && about.version ? {version: about.version, dist: join(folder, 'dist')} : undefined;
}

async function storeFiles(registry: string, dist: string, names: readonly string[]): Promise<Artifact[]> {
  const known = new Map(
    (await listVersions(registry)).flatMap(({manifest}) =>
      (manifest.runtime.files ?? []).map(file => [file.sha256, file]),
    ),
  );
  const files: Artifact[] = [];
  for (const name of names) {
    const file = join(dist, name);
    if (!(await exists(file)))
      throw new KedgeError(
        'runtime_unavailable',
        `${dist} has no ${name}; install the package again, or pin fewer: --runtime-files wasm`,
      );
    files.push((await stored(registry, known, file)) ?? (await storeArtifact(registry, file, name)));
  }
  return files;
}

/** What a version packed before has of this file already, sound: storing it anew would cut and write tens of megabytes. */
async function stored(
  registry: string,
  known: ReadonlyMap<string, Artifact>,
  file: string,
): Promise<Artifact | undefined> {
  const entry = known.get(await digestOf(file));
  const blob = entry && blobPath(registry, entry.sha256);
  if (!entry || !blob || !(await exists(blob)) || (await digestOf(blob)) !== entry.sha256) return undefined;
  // Young again: a `kedge gc` beside this one must not take what is about to be named.
  const now = new Date();
  await utimes(blob, now, now);
  return {...entry, path: basename(file)};
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file, {highWaterMark: 2 ** 20})) hash.update(piece as Uint8Array);
  return hash.digest('hex');
}
