import {readFileSync} from 'node:fs';
import {Command, CommanderError} from 'commander';
import {addDoctor} from './commands/doctor.js';
import {addEmbed} from './commands/embed.js';
import {addGc} from './commands/gc.js';
import {addKeys} from './commands/keys.js';
import {addMirror} from './commands/mirror.js';
import {addPack} from './commands/pack.js';
import {addRelease} from './commands/release.js';
import {addVerify} from './commands/verify.js';
import {addReport} from './commands/report.js';
import {addServe} from './commands/serve.js';
import {exitCodeOf, exitCodes} from './exit.js';

function createProgram(): Command {
  const program = new Command('kedge')
    .description('Pack, verify, release, serve and report on model versions.')
    .version(ownVersion(), '--version', 'print the version of kedge')
    // Else `pack --version 1.0.0` would be taken for it.
    .enablePositionalOptions()
    .showHelpAfterError('(see --help)')
    .exitOverride();
  for (const add of [
    addKeys,
    addPack,
    addVerify,
    addRelease,
    addServe,
    addReport,
    addMirror,
    addEmbed,
    addGc,
    addDoctor,
  ])
    add(program);
  return overrideExits(program);
}

function ownVersion(): string {
  const file = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as {version: string}).version;
}

/** Commander asks every command for itself. */
function overrideExits(command: Command): Command {
  command.exitOverride();
  for (const child of command.commands) overrideExits(child);
  return command;
}

function explain(error: unknown): void {
  if (process.env.KEDGE_DEBUG) console.error(error);
  else console.error(`kedge: ${error instanceof Error ? error.message : String(error)}`);
}

try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its help or its complaint already.
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  } else {
    explain(error);
    process.exitCode = exitCodeOf(error);
  }
}
