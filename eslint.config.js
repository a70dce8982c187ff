import prettier from 'eslint-config-prettier';
import {defineConfig, globalIgnores} from 'eslint/config';
import tseslint from 'typescript-eslint';
import {floorRule} from './scripts/lint/floors.mjs';

const typescript = ['**/*.ts', '**/*.tsx'];
const tests = ['**/*.test.ts', '**/contract.ts', 'e2e/**/*.ts'];
const configs = ['**/*.config.{js,mjs,ts}'];

const noDefaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name, so that the same thing has the same name everywhere.',
};
const noExportAll = {
  selector: "ExportAllDeclaration[exportKind!='type'][exported=null]",
  message: 'Name what is exported: the list is the public surface.',
};
const noOnly = {
  selector:
    "CallExpression MemberExpression[property.name='only'][object.name=/^(it|test|describe|suite|bench)$/], MemberExpression[property.name='only'][object.property.name=/^(describe|concurrent|each|skipIf)$/]",
  message: 'A test that runs alone hides the others.',
};

export default defineConfig(
  globalIgnores(['**/dist/', '**/build/', '**/.kedge/', '**/test-results/', '**/playwright-report/', 'coverage/']),
  {linterOptions: {reportUnusedDisableDirectives: 'error'}},
  {
    files: typescript,
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['packages/*/tsconfig.json', 'packages/client/tsconfig.node.json', '{demo,e2e}/tsconfig.json', 'tsconfig.test.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': [
        'error',
        {fixStyle: 'inline-type-imports', disallowTypeAnnotations: false},
      ],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', {considerDefaultExhaustiveForUnions: true}],
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // Schema and type share one name on purpose: `Manifest` the value parses what `Manifest` the type describes.
      '@typescript-eslint/no-redeclare': 'off',
      '@typescript-eslint/no-unused-vars': ['error', {ignoreRestSiblings: true, argsIgnorePattern: '^_'}],
      // Interfaces here are written in method form and their members are passed on as callbacks; none uses `this`.
      '@typescript-eslint/unbound-method': 'off',
      // Async by contract (a port), not by body.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', {allowNumber: true, allowBoolean: true}],
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: {globals: nodeGlobals()},
    rules: {'no-undef': 'error', 'no-unused-vars': 'error', 'no-unreachable': 'error', 'no-dupe-keys': 'error'},
  },
  // What a bench measures runs in the browser.
  {files: ['e2e/bench/pages/**/*.js'], languageOptions: {globals: pageGlobals()}},
  {
    files: [...typescript, '**/*.js', '**/*.mjs'],
    plugins: {kedge: {rules: {floors: floorRule}}},
    rules: {
      'kedge/floors': 'error',
      'no-restricted-syntax': ['error', noDefaultExport, noExportAll],
      eqeqeq: ['error', 'always', {null: 'ignore'}],
      'no-var': 'error',
      'prefer-const': ['error', {destructuring: 'all'}],
      'max-lines': ['warn', {max: 300, skipBlankLines: true}],
      'max-lines-per-function': ['warn', {max: 60, skipBlankLines: true, skipComments: true}],
    },
  },
  {files: ['packages/*/src/**/*.ts'], ignores: ['packages/cli/**'], rules: {'no-console': 'error'}},
  {
    files: tests,
    rules: {
      'no-restricted-syntax': ['error', noDefaultExport, noExportAll, noOnly],
      'max-lines-per-function': 'off',
      // Assertions read values of any shape.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
  {files: configs, rules: {'no-restricted-syntax': 'off'}},
  prettier,
);

function pageGlobals() {
  const names = ['addEventListener', 'postMessage', 'location', 'caches', 'Worker'];
  return Object.fromEntries(names.map(name => [name, 'readonly']));
}

function nodeGlobals() {
  const names = [
    'console',
    'process',
    'URL',
    'URLSearchParams',
    'Buffer',
    'fetch',
    'Response',
    'Request',
    'AbortSignal',
  ];
  names.push('AbortController', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'crypto');
  names.push('TextEncoder', 'TextDecoder', 'structuredClone', 'Blob', 'WebAssembly', 'setImmediate', 'queueMicrotask');
  return Object.fromEntries(names.map(name => [name, 'readonly']));
}
