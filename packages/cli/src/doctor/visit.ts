import {isKedgeError} from '@kedge/core';
import {type Answer, ask, askOpen, type OpenAnswer, type Question} from './ask.js';
import type {HostName} from './finding.js';

/** What browsers say they can decode. */
export const browserEncodings = 'gzip, deflate, br, zstd';

/** Where is looked, and as whom. */
export interface Visit {
  /** Without a slash at its end. */
  registry: string;
  page: string | undefined;
  /** The page's; as browsers send it. */
  origin: string;
  /** Whether anybody said which origin it is; else faults with other origins are warnings. */
  originKnown: boolean;
  quick: boolean;
  /** Redirects that were met on the way, each once. */
  redirects: Map<string, string>;
  /** By what the answers say; undefined when they do not. */
  host: HostName | undefined;
  ask(url: string, question?: Question, maxBytes?: number): Promise<Answer>;
  askOpen(url: string, question?: Question): Promise<OpenAnswer>;
}

export interface VisitOptions {
  registry: string;
  page: string | undefined;
  origin: string | undefined;
  quick: boolean;
  host: HostName | undefined;
  signal: AbortSignal | undefined;
}

/** Questions as a page's worker asks them. */
export function createVisit({registry, page, origin, quick, host, signal}: VisitOptions): Visit {
  const from = origin ?? (page === undefined ? 'https://app.example' : new URL(page).origin);
  const isCross = new URL(registry).origin !== from;
  const asBrowser = ({headers, ...rest}: Question = {}): Question => ({
    ...rest,
    signal,
    headers: {
      'user-agent': 'Mozilla/5.0 (compatible; kedge-doctor)',
      accept: '*/*',
      'accept-encoding': browserEncodings,
      // Browsers leave it out where page and registry share an origin.
      ...(isCross && {origin: from}),
      'sec-fetch-mode': 'cors',
      'sec-fetch-dest': 'empty',
      'sec-fetch-site': isCross ? 'cross-site' : 'same-origin',
      ...headers,
    },
  });
  const redirects = new Map<string, string>();
  const noted = <T extends {hops: string[]; url: string}>(answer: T): T => {
    for (const hop of answer.hops) redirects.set(hop, answer.url);
    return answer;
  };
  return {
    ...{registry: registry.replace(/\/+$/, ''), page, origin: from, quick, redirects, host},
    originKnown: origin !== undefined || page !== undefined,
    ask: async (url, question, maxBytes) => noted(await ask(url, asBrowser(question), maxBytes).catch(silence(url))),
    askOpen: async (url, question) => noted(await askOpen(url, asBrowser(question))),
  };
}

/** A question without an answer is a finding like any other: status 0. */
function silence(url: string): (error: unknown) => Answer {
  return error => {
    if (!isKedgeError(error)) throw error;
    return {url, status: 0, header: () => '', hops: [], body: new Uint8Array(), problem: error.message};
  };
}

/** A status for people. */
export const statusText = (status: number) => (status === 0 ? 'no answer' : String(status));

/** Whether page and registry are of different origins, so that the browser asks for permission. */
export const isCrossOrigin = ({registry, origin}: Visit) => new URL(registry).origin !== origin;
