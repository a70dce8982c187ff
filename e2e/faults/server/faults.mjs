import {gzipSync} from 'node:zlib';

/** @typedef {import('./fault-server.mjs').Fault} Fault */

const page = Buffer.from('<!doctype html><title>Sign in</title><p>This network wants you to sign in first.</p>\n');

/** @param {import('./fault-server.mjs').Answer} answer @param {number} end */
function endingAt(answer, end) {
  const headers = {...answer.headers, 'content-length': Math.max(0, end - answer.start)};
  return {...answer, end, headers};
}

/** A captive portal, or a host that answers unknown addresses with its start page. @type {Fault} */
export const html = answer => ({
  ...answer,
  status: 200,
  headers: {'content-type': 'text/html; charset=utf-8', 'content-length': page.length},
  body: page,
  start: 0,
  end: page.length,
});

/** The same, and every cache may keep it: a host that sends its headers with whatever it answers. @type {Fault} */
export const htmlForAYear = (answer, seen) => {
  const said = html(answer, seen);
  return said && {...said, headers: {...said.headers, 'cache-control': 'public, max-age=31536000, immutable'}};
};

/** The same without saying so. @type {Fault} */
export const htmlAsBytes = answer => ({
  ...answer,
  status: 200,
  headers: {'content-type': 'application/octet-stream', 'content-length': page.length},
  body: page,
  start: 0,
  end: page.length,
});

/** @param {number} code @param {Record<string, string>} [headers] @returns {Fault} */
export const status =
  (code, headers = {}) =>
  answer => ({
    ...answer,
    status: code,
    headers: {'content-type': 'text/plain', 'content-length': 5, 'access-control-allow-origin': '*', ...headers},
    body: Buffer.from('busy\n'),
    start: 0,
    end: 5,
  });

/** Ends early, and says so in its length. @param {number} share of what was asked for @returns {Fault} */
export const short = share => answer =>
  endingAt(answer, answer.start + Math.floor((answer.end - answer.start) * share));

/** More bytes than the file has. @param {number} bytes @returns {Fault} */
export const long = bytes => answer => {
  const body = Buffer.concat([answer.body.subarray(0, answer.end), Buffer.alloc(bytes, 7)]);
  return endingAt({...answer, body}, answer.end + bytes);
};

/** Bytes from elsewhere in the file, under a range that says where they are from. @param {number} by @returns {Fault} */
export const misaligned = by => answer => {
  const start = Math.min(answer.start + by, answer.body.length - 1);
  const moved = endingAt({...answer, start}, Math.min(answer.end + by, answer.body.length));
  const range = `bytes ${start}-${moved.end - 1}/${answer.body.length}`;
  return {...moved, status: 206, headers: {...moved.headers, 'content-range': range}};
};

/** Bytes from elsewhere in the file, under the range that was asked for. @param {number} by @returns {Fault} */
export const lying = by => answer => {
  const moved = Buffer.concat([answer.body.subarray(by, answer.body.length), answer.body.subarray(0, by)]);
  return {...answer, body: moved};
};

/** The whole file, as servers do that know no ranges. @type {Fault} */
export const ignoresRange = answer => {
  const end = answer.body.length;
  const kept = Object.entries(answer.headers).filter(([name]) => name !== 'content-range');
  return {...answer, status: 200, headers: {...Object.fromEntries(kept), 'content-length': end}, start: 0, end};
};

/** One bit is wrong. @param {number} at offset in the file; from its end where negative @returns {Fault} */
export const flipped = at => answer => {
  const offset = at < 0 ? answer.body.length + at : at;
  return {...answer, change: (piece, start) => flipIn(piece, offset - start)};
};

/** @param {Buffer} piece @param {number} at */
function flipIn(piece, at) {
  if (at < 0 || at >= piece.length) return piece;
  const copy = Buffer.from(piece);
  copy[at] = Number(copy[at]) ^ 1;
  return copy;
}

/** The file was replaced while it was being sent. @param {number} from offset @param {Buffer} other @returns {Fault} */
export const replaced = (from, other) => answer => ({
  ...answer,
  change: (piece, start) => (start + piece.length <= from ? piece : other.subarray(start, start + piece.length)),
});

/** The connection ends in the middle, after so many bytes. @param {number} bytes @returns {Fault} */
export const broken = bytes => answer => ({...answer, stopAfter: bytes, then: 'break'});

/** The same by a reset. @param {number} bytes @returns {Fault} */
export const reset = bytes => answer => ({...answer, stopAfter: bytes, then: 'reset'});

/** Nothing more comes, and nobody says so. @param {number} bytes @returns {Fault} */
export const stalled = bytes => answer => ({...answer, stopAfter: bytes, then: 'stall'});

/** Nothing on the way: what is wrong is the file itself, and whoever asks for it meets that. @type {Fault} */
export const asItIs = answer => answer;

/** Takes the request and never answers. @type {Fault} */
export const silent = () => undefined;

/** @param {number} delayMs before the first byte @returns {Fault} */
export const slow = delayMs => answer => ({...answer, delayMs});

/** Compressed on the way by a proxy that thinks it helps: the range then counts other bytes. @type {Fault} */
export const gzipped = answer => {
  const body = gzipSync(answer.body.subarray(answer.start, answer.end));
  const headers = {...answer.headers, 'content-encoding': 'gzip', 'content-length': body.length};
  return {...answer, headers, body, start: 0, end: body.length};
};

/** @param {string} to @returns {Fault} */
export const redirect = to => status(302, {location: to});

/** Another file under this address. @param {Buffer} other @returns {Fault} */
export const otherFile = other => answer => {
  const end = Math.min(answer.end, other.length);
  return endingAt({...answer, body: other, start: Math.min(answer.start, end)}, end);
};
