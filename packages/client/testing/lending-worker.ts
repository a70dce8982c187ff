// A tab that reads files from the disk piece by piece: browsers allow that in workers alone.
import {type Artifact, toKedgeError} from '@kedge/core';
import {expose} from 'comlink';
import {isLent, readArtifact} from '../src/install/assemble.js';
import type {DiskFile} from '../src/store/disk-file.js';
import {openIndexedDb} from '../src/store/indexeddb.js';

let file: Uint8Array<ArrayBuffer> | undefined;
const opened: boolean[] = [];

/** TypeScript has it for workers alone. */
const prototype = FileSystemFileHandle.prototype as unknown as {
  createSyncAccessHandle(options: object): Promise<{close(): void}>;
};
const createHandle = prototype.createSyncAccessHandle;

const lent = () => {
  if (!file || !isLent(file)) throw new Error('the file is in memory');
  return file;
};

const tab = {
  /** Browsers let workers alone read what sums are taken of. */
  async pack(database: string, {sha256, chunks}: Artifact) {
    const store = await openIndexedDb(database);
    await store.getChunks(
      chunks.map(({sha256}) => sha256),
      sha256,
    );
    await store.pack!();
  },
  /** @returns how long it is, and whether it is on the disk */
  async open(database: string, artifact: Artifact) {
    file = await readArtifact(artifact, await openIndexedDb(database), undefined, true);
    return {length: file.length, byteLength: file.byteLength, isLent: isLent(file)};
  },
  slice: (begin?: number, end?: number) => lent().slice(begin, end),
  /** Copied, as who reads it does at once. */
  subarray: (begin?: number, end?: number) => Uint8Array.prototype.slice.call(lent().subarray(begin, end)),
  at: (index: number) => lent().at(index),
  /** @returns the code of the error that says what is lost */
  lost: () =>
    lent()
      .lost()
      .catch((error: unknown) => toKedgeError(error, 'network', '').code),
  close: () => (file as DiskFile).close(),
  /** The browser opens files only after a while. */
  slowly(ms: number) {
    const slow = async function (this: FileSystemFileHandle, options: object) {
      await new Promise(resolve => setTimeout(resolve, ms));
      const pack = await createHandle.call(this, options);
      const i = opened.push(true) - 1;
      const {close} = pack;
      pack.close = () => {
        opened[i] = false;
        close.call(pack);
      };
      return pack;
    };
    prototype.createSyncAccessHandle = slow;
  },
  /** Of those that were opened so. */
  areOpen: () => opened,
};
export type LendingTab = typeof tab;
expose(tab);
