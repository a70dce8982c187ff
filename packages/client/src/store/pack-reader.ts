import {type OpenPack, openPack} from './pack-file.js';
import type {Place} from './parts.js';

interface Part extends Place {
  /** Where in the file it begins. */
  from: number;
  pack: OpenPack;
}

/** Reads a file that lies in packs, in a worker. */
export class PackReader {
  readonly bytes: number;
  readonly #parts: readonly Part[];

  /** @returns undefined where a pack can't be opened */
  static async open(places: readonly Place[]): Promise<PackReader | undefined> {
    const keys = [...new Set(places.map(place => place.in))];
    const packs = new Map(
      await Promise.all(keys.map(async key => [key, await openPack(key).catch(() => undefined)] as const)),
    );
    const open = [...packs.values()];
    if (!open.includes(undefined)) return new PackReader(places, packs as Map<string, OpenPack>);
    for (const pack of open) pack?.close();
    return undefined;
  }

  private constructor(places: readonly Place[], packs: ReadonlyMap<string, OpenPack>) {
    let end = 0;
    this.#parts = places.map(place => {
      const from = end;
      end += place.end - place.at;
      return {...place, from, pack: packs.get(place.in)!};
    });
    this.bytes = end;
  }

  /** Fills it with what is in the file from `begin` on. @throws RangeError where there is less */
  read(into: Uint8Array<ArrayBuffer>, begin: number): Uint8Array<ArrayBuffer> {
    let done = 0;
    for (const {from, at, end, pack} of this.#parts) {
      const skip = begin + done - from;
      const bytes = Math.min(into.length - done, end - at - skip);
      if (bytes <= 0) continue;
      if (pack.read(into.subarray(done, done + bytes), {at: at + skip}) < bytes) break;
      done += bytes;
    }
    if (done < into.length) throw new RangeError(`the file on the disk ends before byte ${begin + into.length}`);
    return into;
  }

  /** Other tabs may remove the packs then. */
  close(): void {
    for (const {pack} of this.#parts) pack.close();
  }
}
