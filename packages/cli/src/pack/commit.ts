import {execFile} from 'node:child_process';
import {promisify} from 'node:util';

/**
 * The commit that last changed a folder: not the newest of the repository, so that packing the same files again gives
 * the same manifest. Undefined without git, outside a repository, and for files that are not committed.
 */
export async function commitOf(folder: string): Promise<string | undefined> {
  const args = ['-C', folder, 'log', '-1', '--format=%H', '--', '.'];
  const answer = await promisify(execFile)('git', args, {timeout: 5000}).catch(() => undefined);
  return answer?.stdout.trim() || undefined;
}
