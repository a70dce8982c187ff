import {createReadStream} from 'node:fs';
import {stat} from 'node:fs/promises';
import {join} from 'node:path';
import {KedgeError} from '@kedge/core';
import {CliError, errnoOf} from '../exit.js';
import {channelNames} from './channels.js';
import {fetchFile} from './fetch-file.js';

/** A registry to read from: a folder, or any host. */
export interface RegistrySource {
  /** For messages: an address, or a folder. */
  where: string;
  /** Its channels; undefined where nobody can list them. */
  channels(): Promise<string[] | undefined>;
  /**
   * A file's bytes from an offset on.
   *
   * @param path `channels/prod.json`
   * @throws KedgeError `network`, `response_invalid` when there is no such file
   */
  read(path: string, from?: number): Promise<AsyncIterable<Uint8Array>>;
}

/**
 * @param from an address that begins with `http://` or `https://`, or a folder
 * @throws CliError (usage) when there is no such folder
 */
export async function openSource(from: string, signal: AbortSignal | undefined): Promise<RegistrySource> {
  if (/^https?:\/\//.test(from)) return hostSource(from, signal);
  const found = await stat(from).catch(() => undefined);
  if (found?.isDirectory()) return folderSource(from, signal);
  throw new CliError('usage', `expected an address (https://…) or a folder, got ${from}, which is neither`);
}

function hostSource(address: string, signal: AbortSignal | undefined): RegistrySource {
  const base = address.replace(/\/+$/, '');
  return {
    where: base,
    channels: () => Promise.resolve(undefined),
    read: (path, from = 0) => fetchFile(`${base}/${path}`, from, signal),
  };
}

function folderSource(folder: string, signal: AbortSignal | undefined): RegistrySource {
  return {
    where: folder,
    channels: () => channelNames(folder),
    async read(path, from = 0) {
      signal?.throwIfAborted();
      const file = join(folder, path);
      await stat(file).catch((cause: unknown) => {
        if (errnoOf(cause) !== 'ENOENT') throw cause;
        throw new KedgeError('response_invalid', `${file}: there is no such file in the registry`, {cause});
      });
      return createReadStream(file, {start: from, highWaterMark: 2 ** 20, ...(signal && {signal})});
    },
  };
}

/** A small file as a whole. @throws KedgeError `response_invalid` when it is larger than any release or manifest */
export async function readSmall(source: RegistrySource, path: string): Promise<Uint8Array> {
  const maxBytes = 16 * 2 ** 20;
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of await source.read(path)) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > maxBytes)
      throw new KedgeError('response_invalid', `${source.where}/${path}: more than ${maxBytes} bytes`);
  }
  return Buffer.concat(pieces);
}
