import type {DiskFile} from './disk-file.js';

/** @param load reads them @throws what it throws, or KedgeError as `readArtifact` where one of them is why */
export async function reading<T>(files: readonly DiskFile[], load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    await files.find(({isWrong}) => isWrong)?.lost();
    throw error;
  } finally {
    for (const file of files) file.close();
  }
}
