/** What a pack's key begins with. */
export const packPrefix = 'pack:';

/** A pack's key names the database and the file: `pack:kedge/1f3a…`. */
export const keyOf = (database: string, file: string) => `${packPrefix}${database}/${file}`;

/** Where the packs of a database are: in the origin private file system, one file each. */
export const folderName = (database: string) => `${database}.packs`;

export async function folderOf(database: string): Promise<FileSystemDirectoryHandle> {
  return (await navigator.storage.getDirectory()).getDirectoryHandle(folderName(database), {create: true});
}

/** @throws the browser's error where the file is gone */
export async function fileOf(key: string, create = false): Promise<FileSystemFileHandle> {
  const at = key.lastIndexOf('/');
  return (await folderOf(key.slice(packPrefix.length, at))).getFileHandle(key.slice(at + 1), {create});
}

/** Whether packs can be made here. */
export const canWrite = () => 'createWritable' in (globalThis.FileSystemFileHandle?.prototype ?? {});

/** Writes a new pack. @throws the browser's error where it refuses: what is there of it can be removed then */
export async function writePack(key: string, parts: readonly (Blob | ArrayBuffer)[]): Promise<void> {
  let file: FileSystemWritableFileStream | undefined;
  try {
    file = await (await fileOf(key, true)).createWritable();
    await file.write(new Blob([...parts]));
    await file.close();
  } catch (error) {
    // One that is being written can't be removed.
    await file?.abort().catch(() => {});
    throw error;
  }
}

/** One that a tab is reading goes with a later `tidy`. */
export async function removePack(key: string): Promise<void> {
  const at = key.lastIndexOf('/');
  const remove = async () => (await folderOf(key.slice(packPrefix.length, at))).removeEntry(key.slice(at + 1));
  await soon(remove).catch(() => {});
}

/** All of a database; they may be read for a moment still. */
export async function removePacks(database: string): Promise<void> {
  const root = await navigator.storage.getDirectory();
  for (let tries = 20; tries > 0; tries--) {
    const error = await root.removeEntry(folderName(database), {recursive: true}).catch((error: Error) => error);
    if (!error || error.name === 'NotFoundError') return;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}

/** A pack that is open to be read, in a worker. */
export interface OpenPack {
  /** @returns how many bytes there were */
  read(into: Uint8Array<ArrayBuffer>, options: {at: number}): number;
  close(): void;
}

/** TypeScript has it for workers alone. */
interface FileHandle extends FileSystemFileHandle {
  createSyncAccessHandle?(options: {mode: 'read-only'}): Promise<OpenPack>;
}

/**
 * From the disk into an array, without the browser's own process between: in a third of the time that a Blob takes. Tabs may read
 * the same pack at once.
 *
 * @returns undefined where that is not possible: outside of a worker, in a browser that lets one tab in at a time when another
 *   has it, and where the browser does not answer within a second
 */
export async function openPack(key: string): Promise<OpenPack | undefined> {
  return soon(async isLate => {
    const file: FileHandle = await fileOf(key);
    const pack = await file.createSyncAccessHandle?.({mode: 'read-only'}).catch(() => undefined);
    // Other tabs could not remove it.
    if (isLate()) pack?.close();
    return pack;
  });
}

/**
 * Work with files: Chromium now and then never answers, and who wants to read may be waiting for its end.
 *
 * @param work is not waited for any more once it is late
 * @param ms it takes a few milliseconds, but to write a pack
 * @returns undefined where it is late
 */
export function soon<T>(work: (isLate: () => boolean) => Promise<T>, ms = 1000): Promise<T | undefined> {
  let isLate = false;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(void (isLate = true)), ms);
    work(() => isLate)
      .finally(() => clearTimeout(timer))
      .then(resolve, reject);
  });
}
