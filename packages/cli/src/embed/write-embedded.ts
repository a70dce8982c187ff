import {readFile} from 'node:fs/promises';
import {extname} from 'node:path';
import {CliError, errnoOf} from '../exit.js';
import {writeAtomic} from '../registry/write.js';
import type {Embedded} from './embed.js';

/** The text of a module, or of a JSON file, by the file's ending. @throws CliError (usage) for another ending */
export function embeddedText({embedded, release, versions}: Embedded, file: string): string {
  const json = JSON.stringify(embedded, null, 2);
  const about = [
    `Made by: kedge embed. ${release.channel} release ${release.version}, expires ${release.expires}.`,
    ...versions.map(({what}) => what),
  ].join('\n * ');
  const head = `/**\n * ${about}\n */\n`;
  switch (extname(file)) {
    case '.json':
      return `${json}\n`;
    case '.js':
    case '.mjs':
      return `${head}export const embedded = Object.freeze(/** @type {const} */ (${json}));\n`;
    case '.ts':
    case '.mts':
      return `${head}export const embedded: {readonly release: string; readonly manifests: readonly string[]} = ${json};\n`;
    default:
      throw new CliError('usage', `--out: expected a file that ends in .ts, .js or .json, got ${file}`);
  }
}

/** Writes it where it differs. @returns whether it did */
export async function writeEmbedded(embedded: Embedded, file: string): Promise<boolean> {
  const text = embeddedText(embedded, file);
  if ((await textOf(file)) === text) return false;
  await writeAtomic(file, text);
  return true;
}

/** @throws CliError (failed) when the file is not what the registry says now */
export async function checkEmbedded(embedded: Embedded, file: string): Promise<void> {
  const text = embeddedText(embedded, file);
  const found = await textOf(file);
  if (found === text) return;
  const {channel, version} = embedded.release;
  throw new CliError(
    'failed',
    `${file} ${found === undefined ? 'is missing' : 'is out of date'}: the registry is at ${channel} release ${version}; run kedge embed without --check and commit the file`,
  );
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  });
}
