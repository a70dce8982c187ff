import type {Installed, Installs, InstallWait, Wanted} from '../src/worker/installs.js';

/** An install to its end: the last of a version may be on its way into the store when `install` answers. */
export async function wholeInstall(installs: Installs, wanted: Wanted, wait: InstallWait): Promise<Installed> {
  const installed = await installs.install(wanted, wait);
  return (await installs.stored(installed.digest)) ?? installed;
}
