import {covers, type Functions, union} from '../onnx/functions.js';
import {trimmed} from '../onnx/trim.js';
import type {MemoryImage} from '../runtime/runtime.js';
import {readImage, writeImage} from '../store/image.js';
import type {Store} from '../store/store.js';
import {type About, aboutKey, type ReadBinary, type Taken} from './images.js';

/** Where it is kept, and what it is an image of. */
interface Place {
  key: string;
  of: string;
}

/**
 * Keeps the image that a start left; and where versions say which functions they call, a binary with these alone.
 *
 * @param wanted what the version that came to the start calls
 * @throws KedgeError `storage_full`, `storage_unavailable`, as `readBinary`
 */
export async function keepImage(
  place: Place,
  {found, image, readBinary}: Taken,
  wanted: Functions | undefined,
  disk: Store,
): Promise<void> {
  // In memory it would not be there at the next visit, which it is for; a file store's settings are text.
  if (disk.kind !== 'indexeddb') return;
  const {key, of} = place;
  const about = (await disk.getSetting(aboutKey(key))) as About | undefined;
  if (about?.of !== of) {
    if (!image?.data.length) return;
    const kept = {...image};
    // Whoever waited for the start holds its image as well, for as long as the worker lives.
    image.data = new Uint8Array();
    // The tab may be closed soon, and the image alone is worth more than the functions.
    await write(place, kept, undefined, disk);
    if (wanted) await write(place, kept, {functions: wanted, readBinary}, disk);
  } else if (wanted && about.wanted !== 'all' && (about.state === 'proven' || !found)) {
    const functions = union(about.wanted ?? about.functions ?? wanted, wanted);
    if (about.functions && covers(about.functions, functions)) return;
    const kept = await readImage(key, about.digest, disk);
    if (kept) await write(place, kept, {functions, readBinary}, disk);
  }
}

async function write(
  {key, of}: Place,
  image: MemoryImage,
  trim: {functions: Functions; readBinary: ReadBinary} | undefined,
  disk: Store,
): Promise<void> {
  const binary = trim && trimmed(await trim.readBinary(), trim.functions);
  const digest = await writeImage(key, {...image, binary}, disk);
  const about: About = {of, digest, tries: 0, state: 'new', functions: trim?.functions};
  await disk.changeSetting(aboutKey(key), () => about);
}
