import {toKedgeError} from '@kedge/core';

/** A file of this package that is fetched when it is needed. @throws KedgeError `network` */
export async function later<T>(name: string, loading: Promise<T>): Promise<T> {
  try {
    return await loading;
  } catch (error) {
    throw toKedgeError(error, 'network', `${name}.js of @kedge/client could not be loaded`);
  }
}

/** Where a version is tested, and what is stored of it looked through. @throws KedgeError `network` */
export const goldenFile = () => later('golden', import('../golden.js'));

/** What WebGPU needs beside its runtime. @throws KedgeError `network` */
export const gpuFile = () => later('gpu', import('../gpu.js'));

/** Where a runtime starts from a pinned binary. @throws KedgeError `network` */
export const imageFile = () => later('image', import('../image.js'));

/** Where chunks are lost, and where all is removed. @throws KedgeError `network` */
export const removingFile = () => later('removing', import('../removing.js'));

/** Where chunks lie in packs. @throws KedgeError `network` */
export const packedFile = () => later('packed', import('../packed.js'));

/** Where a version is timed, and its rows are run together. @throws KedgeError `network` */
export const tryingFile = () => later('trying', import('../trying.js'));
