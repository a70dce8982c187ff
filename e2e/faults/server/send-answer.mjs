const pieceBytes = 64 * 1024;

/**
 * Sends an answer piece by piece, as fast as the line allows, and counts what the connection took.
 *
 * @param {import('node:http').ServerResponse} response
 * @param {import('./fault-server.mjs').Answer} answer
 * @param {import('./fault-server.mjs').Seen} seen
 * @param {(bytes: number) => Promise<number>} allow
 */
export async function sendAnswer(response, answer, seen, allow) {
  const {status, headers, body, start, end, stopAfter = Infinity, then = 'end', delayMs = 0, change} = answer;
  if (delayMs > 0) await new Promise(resolve => setTimeout(resolve, delayMs));
  if (response.destroyed) return;
  response.writeHead(status, headers);
  const last = Math.min(end, start + stopAfter);
  for (let at = start; at < last;) {
    const bytes = await allow(Math.min(pieceBytes, last - at));
    if (response.destroyed) return;
    const piece = body.subarray(at, at + bytes);
    if (!response.write(change ? change(piece, at) : piece)) await drained(response);
    seen.sent += piece.length;
    at += piece.length;
  }
  finish(response, then);
}

/** Resolves when the connection takes more, or is gone. @param {import('node:http').ServerResponse} response */
function drained(response) {
  return new Promise(resolve => {
    const settle = () => {
      response.off('drain', settle).off('close', settle);
      resolve(undefined);
    };
    response.on('drain', settle).on('close', settle);
    if (response.destroyed) settle();
  });
}

/** @param {import('node:http').ServerResponse} response @param {NonNullable<import('./fault-server.mjs').Answer['then']>} then */
function finish(response, then) {
  if (then === 'stall') return void response.flushHeaders();
  if (then === 'end') return void response.end();
  // After a pause: what was sent is in the page by then, on a busy machine too.
  setTimeout(() => (then === 'reset' ? response.socket?.resetAndDestroy() : response.socket?.end()), 100);
}
