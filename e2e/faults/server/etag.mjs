import {createHash} from 'node:crypto';

/** @typedef {import('./fault-server.mjs').Answer} Answer */

/** @param {import('./fault-server.mjs').Body} body */
export const tagOf = body =>
  `"${createHash('sha256').update(body.subarray(0, body.length)).digest('hex').slice(0, 16)}"`;

/** Without its body where the browser has it from before. @param {Answer} answer @param {string | undefined} known `If-None-Match` @returns {Answer} */
export function unlessKnown(answer, known) {
  if (answer.status !== 200 || known === undefined || known !== answer.headers.etag) return answer;
  return {...answer, status: 304, headers: headersBut(answer.headers, 'content-length'), end: answer.start};
}

/**
 * The tag names the right file: under it, a browser would keep what a fault made of it, and be told for ever that it is right.
 *
 * @param {Answer} answer
 * @param {Answer} plain
 * @returns {Answer}
 */
export function withOwnTag(answer, plain) {
  const isSame = answer.body === plain.body && answer.end === plain.end && !answer.change;
  return isSame ? answer : {...answer, headers: headersBut(answer.headers, 'etag')};
}

/** @param {Answer['headers']} headers @param {string} without @returns {Answer['headers']} */
const headersBut = (headers, without) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name !== without));
