import type {KedgeOptions, ModelOptions} from '../api.js';

/** @param call as it stands in the app's code. @throws TypeError where options are no object, or one that several calls take is not what it must be */
export function checkCall(call: string, options: unknown): void {
  if (Object(options) !== options) throw new TypeError(`${call}: options must be an object, got ${String(options)}`);
  const given = options as Record<string, unknown>;
  const refuse = (name: string, expected: string) => {
    throw new TypeError(`${call}: ${name} must be ${expected}, got ${inWords(given[name])}`);
  };
  if (given.signal && typeof (given.signal as AbortSignal).throwIfAborted !== 'function')
    refuse('signal', 'an AbortSignal, as new AbortController().signal is');
  for (const name of ['onProgress', 'baseline'])
    if (given[name] && typeof given[name] !== 'function') refuse(name, 'a function');
  for (const name of ['deadlineMs', 'priority'])
    if (given[name] !== undefined && Number(given[name]) !== given[name]) refuse(name, 'a number');
}

/** Of anything, also where `String` would throw. */
function inWords(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : 'an object';
}

/** @throws TypeError for what can't work, at once and not at the first prediction */
export function checkOptions(options: KedgeOptions): void {
  checkCall('createKedge', options);
  for (const name of ['trustedKeys', 'runtimes'] as const)
    if (!Array.isArray(options[name]) || options[name].length === 0)
      throw new TypeError(`createKedge: ${name} must hold at least one${hints[name]}`);
  if (typeof options.channel !== 'string' || options.channel === '')
    throw new TypeError('createKedge: channel must be a name such as prod');
  for (const name of ['pollSeconds', 'graceHours', 'storageBudgetBytes', 'workerBudgetBytes', 'hangSeconds'] as const)
    if (options[name] !== undefined && !(typeof options[name] === 'number' && options[name] >= 0))
      throw new TypeError(`createKedge: ${name} must be a number from 0, got ${inWords(options[name])}`);
  if (options.hangSeconds === 0) throw new TypeError('createKedge: hangSeconds must be more than 0');
  if (options.embedded && typeof options.embedded.release !== 'string')
    throw new TypeError('createKedge: embedded.release must be the text of a release, as the registry serves it');
  for (const [name, value] of Object.entries(options.choice ?? {}))
    if (!(value >= 0))
      throw new TypeError(`createKedge: choice.${name} must be a number from 0, got ${inWords(value)}`);
  checkPlaces(options);
}

const hints = {
  trustedKeys: ' public key (JWK); kedge keys new makes one',
  runtimes: ', such as onnx() from @kedge/client/onnx',
};

/** Where from, and how. */
function checkPlaces({registry, download}: KedgeOptions): void {
  const registries: unknown[] = Array.isArray(registry) ? registry : [registry];
  if (registries.length === 0 || !registries.every(each => typeof each === 'string'))
    throw new TypeError('createKedge: registry must be an address, or a list of them');
  const {lanes = 1, stallSeconds = 1} = download ?? {};
  if (!Number.isInteger(lanes) || lanes < 1 || lanes > 6)
    throw new TypeError('createKedge: download.lanes must be a number from 1 to 6');
  if (!(stallSeconds > 0)) throw new TypeError('createKedge: download.stallSeconds must be more than 0');
}

/** Keeps a caller's typo from looking like a broken model. @throws TypeError */
export function checkModelOptions(name: unknown, options: ModelOptions): void {
  if (typeof name !== 'string' || name === '')
    throw new TypeError(`model(name): expected a model's name, got ${inWords(name)}`);
  checkCall('model()', options);
}
