import {InputError} from '../problems.js';

/** The first picture among dropped, pasted or chosen files. */
export function pictureAmong(files: Iterable<File> | null | undefined): File | undefined {
  return [...(files ?? [])].find(({type}) => type.startsWith('image/'));
}

/** @throws InputError when the file is no picture that this browser can decode */
export async function decodePhoto(file: Blob): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, {imageOrientation: 'from-image'});
  } catch (cause) {
    throw new InputError(
      'This file is not a picture that this browser can show.',
      'Choose a JPEG, PNG or WebP, or a smaller one.',
      cause,
    );
  }
}
