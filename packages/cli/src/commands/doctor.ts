import {type Command, Option} from 'commander';
import {describeDiagnosis} from '../doctor/describe.js';
import {type Diagnosis, doctor} from '../doctor/doctor.js';
import {type HostName, hostNames} from '../doctor/finding.js';
import {exitCodes} from '../exit.js';
import {readKey} from '../keys/read-key.js';
import {cancelSignal} from './cancel.js';
import {createOutput} from './output.js';

interface Flags {
  page?: string;
  channel: string;
  trust?: string[];
  origin?: string;
  quick?: boolean;
  host?: HostName;
  json?: boolean;
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('look at a deployed registry and page as a browser would, and say how to mend what is wrong')
    .argument('<url>', 'the registry’s address')
    .option('--page <url>', 'the page that uses it')
    .option('--channel <name>', 'the channel', 'prod')
    .option('--trust <file...>', 'public keys that the app embeds')
    .option('--origin <origin>', 'whose pages ask (default: the page’s)')
    .option('--quick', 'ask for lengths of blobs, not for their bytes')
    .addOption(new Option('--host <name>', 'whose fixes to show (default: by its answers)').choices(hostNames))
    .option('--json', 'print everything as JSON, with the fixes for every host')
    .action(async (registry: string, {trust = [], json = false, ...flags}: Flags) => {
      const output = createOutput(json);
      const trustedKeys = await Promise.all(trust.map(file => readKey(file, 'public')));
      const {progress: onProgress} = output;
      const diagnosis = await doctor({...flags, registry, trustedKeys, onProgress, signal: cancelSignal()});
      output.result(diagnosis, describeDiagnosis(diagnosis), nextOf(diagnosis));
      if (diagnosis.counts.error > 0) process.exitCode = exitCodes.failed;
    });
}

function nextOf({counts}: Diagnosis): string {
  if (counts.error > 0) return 'mend the errors and run it again; docs/hosting.md has whole configurations';
  if (counts.warning > 0) return 'it works; the warnings say what would work better';
  return 'nothing to mend; run it again after each change of the host, and in a scheduled job for expiry';
}
