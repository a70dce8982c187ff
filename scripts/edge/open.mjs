import {readFileSync} from 'node:fs';
import {createKedge, onnx} from '@kedge/client/node';

/** The server's address, the file of its key, and a folder: what each program here is given first. */
const [url = '', key = '', directory = ''] = process.argv.slice(2);

/** @param {Partial<import('@kedge/client/node').NodeOptions>} [more] */
export const open = more =>
  createKedge({
    registry: `${url}/registry`,
    channel: 'prod',
    trustedKeys: [JSON.parse(readFileSync(key, 'utf8'))],
    runtimes: [onnx()],
    unitId: 'unit-1',
    directory,
    ...more,
  });
