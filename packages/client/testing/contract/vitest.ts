import {chai, GLOBAL_EXPECT, JestChaiExpect, setState} from '@vitest/expect';

// Stands for `vitest` in a page that Vitest does not drive: its own `expect`, and of the rest what tests of a contract need.

type Body = (...args: never[]) => unknown;

export interface Case {
  ancestorTitles: readonly string[];
  title: string;
  body: () => unknown;
}

/** In the order of the files. */
export const cases: Case[] = [];
const path: string[] = [];

chai.use(JestChaiExpect);
export const {expect} = chai;
// Where its assertions count themselves.
(globalThis as unknown as Record<symbol, unknown>)[GLOBAL_EXPECT] = expect;
setState({}, expect as never);

/** The body comes last; options before it are left out: every test of the page has the same time. */
export const describe = Object.assign(
  (title: string, ...rest: unknown[]) => {
    path.push(title);
    (rest.at(-1) as () => void)();
    path.pop();
  },
  {each: eachOf((title, body) => describe(title, body))},
);

export const test = Object.assign(
  (title: string, ...rest: unknown[]) =>
    void cases.push({ancestorTitles: [...path], title, body: rest.at(-1) as () => unknown}),
  {each: eachOf((title, body) => test(title, body))},
);

function eachOf(add: (title: string, body: () => unknown) => void) {
  return (rows: readonly unknown[]) =>
    (title: string, ...rest: unknown[]) => {
      for (const row of rows) {
        const args = Array.isArray(row) ? (row as unknown[]) : [row];
        const named = title.replace('%s', String(args[0]));
        add(named, () => (rest.at(-1) as Body)(...(args as never[])));
      }
    };
}
