import type {IncomingMessage} from 'node:http';
import type {Check} from '../src/doctor/finding.js';
import type {Answer, Spoil} from './host.js';

/** What a host does wrong, and exactly what must be found. */
export type Fault = [string, Spoil, Partial<Record<Check, 'warning' | 'error'>>];

export const isBlob = ({url}: IncomingMessage) => url!.startsWith('/blobs/');
export const isChannel = ({url}: IncomingMessage) => url!.startsWith('/channels/');
export const isPage = ({url}: IncomingMessage) => url === '/';
export const isRange = ({headers}: IncomingMessage) => headers.range !== undefined;
export const isFile = ({url}: IncomingMessage) => /^\/(blobs|manifests|channels)\//.test(url!);

/** Headers of some answers changed: undefined takes one away. */
export const withHeaders =
  (which: (request: IncomingMessage, answer: Answer) => boolean, headers: Record<string, string | undefined>): Spoil =>
  (answer, request) => {
    if (!which(request, answer)) return answer;
    const all = Object.entries({...answer.headers, ...headers}).filter(([, value]) => value !== undefined);
    return {...answer, headers: Object.fromEntries(all) as Record<string, string>};
  };

export const html = {
  status: 200,
  headers: {'content-type': 'text/html', 'access-control-allow-origin': '*'},
  body: Buffer.from('<!doctype html>'),
};
export const flip = (body: Uint8Array, at: number) => Uint8Array.from(body, (byte, i) => (i === at ? byte ^ 1 : byte));
