import {dirname, relative, resolve, sep} from 'node:path';
import {root} from '../paths.mjs';

/**
 * What each package may import: nothing else, and only downwards (`docs/architecture.md` draws the floors).
 *
 * @type {Record<string, RegExp>}
 */
const floors = {
  core: /^zod\/mini$/,
  stats: /^(?!)/,
  client: /^(@kedge\/core|comlink|idb|xxhash-wasm|onnxruntime-(web|node|common)(\/.*)?|@tensorflow\/.*|node:.*)$/,
  collector: /^(@kedge\/(core|stats)|hono(\/.*)?|libsql|node:.*)$/,
  cli: /^(@kedge\/(core|client|collector)(\/[a-z-]+)?|(?!@kedge\/).*)$/,
};

/** Node and a peer runtime belong to these parts of the client only; the rest runs in any browser without them. @type {[RegExp, RegExp][]} */
const clientRooms = [
  [/^node:|^onnxruntime-node/, /\/src\/node(\/|\.ts$)/],
  [/^onnxruntime-/, /\/src\/(onnx|node)(\/|\.ts$)/],
  [/^@tensorflow\//, /\/src\/(tfjs|node)(\/|\.ts$)/],
];

const isTest = /\.test\.ts$|\/testing\/|\/(contract|fixtures?)\.ts$|\.(contract|fixture)\.ts$/;
const isConfig = /\.config\.[a-z]+$/;
const inside = /@kedge\/[a-z]+\/(dist|build|src)(\/|$)/;

/** @type {import('eslint').Rule.RuleModule} */
export const floorRule = {
  meta: {
    type: 'problem',
    docs: {description: 'imports only go down, and stay at the front door of other packages'},
    messages: {
      floor: '{{package}} may not import {{specifier}}: imports only go down (allowed: {{allowed}})',
      room: '{{specifier}} may be imported only in files that match {{room}}',
      across: '{{specifier}} leaves the package; import the package by its name',
      inside: '{{specifier}} reaches inside a package; import what its "exports" name',
    },
    schema: [],
  },
  create(context) {
    const file = context.filename.split(sep).join('/');
    const home = /\/packages\/([^/]+)\//.exec(file)?.[1];
    /** @param {any} node the import, export or `import()`, whose `source` names the module */
    const check = node => {
      const source = node.source?.value ?? node.source?.literal?.value;
      if (typeof source !== 'string') return;
      const problem = source.startsWith('.') ? problemOfPath(file, source) : problemOfPackage(file, home, source);
      if (problem) context.report({node: node.source, ...problem});
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
    };
  },
};

/** The workspace that a file belongs to: `packages/core`, `demo`. @param {string} file */
function workspaceOf(file) {
  const [top = '', name] = relative(root, file).split(sep);
  return top === 'packages' ? `${top}/${name}` : top;
}

/** @param {string} file @param {string} specifier */
function problemOfPath(file, specifier) {
  const from = workspaceOf(file);
  const to = workspaceOf(resolve(dirname(file), specifier));
  // What is no package (demo, e2e, scripts) may share with what is none either.
  const published = from.startsWith('packages/') || to.startsWith('packages/');
  if (from === to || !published || isConfig.test(file)) return undefined;
  if (isTest.test(file) && !to.startsWith('packages/')) return undefined;
  return {messageId: 'across', data: {specifier}};
}

/** @param {string} file @param {string | undefined} home @param {string} specifier */
function problemOfPackage(file, home, specifier) {
  if (inside.test(specifier)) return {messageId: 'inside', data: {specifier}};
  const allowed = home && floors[home];
  if (!allowed) return undefined;
  const own = specifier === `@kedge/${home}` || specifier.startsWith(`@kedge/${home}/`);
  // Tests may use any tool, and their own package by its name, but no package from a higher floor.
  if (isTest.test(file) && (own || !specifier.startsWith('@kedge/'))) return undefined;
  if (!allowed.test(specifier))
    return {messageId: 'floor', data: {package: `@kedge/${home}`, specifier, allowed: String(allowed)}};
  const closed = home === 'client' && !isTest.test(file) && clientRooms.find(([what]) => what.test(specifier));
  if (!closed || closed[1].test(file)) return undefined;
  return {messageId: 'room', data: {specifier, room: String(closed[1])}};
}
