import {HttpError} from './http-error.js';

/** A public key that pages send events with. It names a project; it is not a secret. */
export interface WriteKey {
  key: string;
  /** Origins that may use it, like `https://shop.example`. @default any, and requests without an origin */
  origins?: readonly string[];
  /** What its events count for. Give two keys the same project to rotate them. @default 'default' */
  project?: string;
}

/** The keys by their text, and the one question asked of them. */
export class WriteKeys {
  readonly #byText: ReadonlyMap<string, WriteKey>;

  constructor(keys: readonly WriteKey[]) {
    if (keys.some(({key}) => typeof key !== 'string' || key === ''))
      throw new TypeError('writeKeys: a key must be a string that is not empty');
    this.#byText = new Map(keys.map(key => [key.key, key]));
  }

  /**
   * The project that a key writes to.
   *
   * @throws HttpError 401 for an unknown key, 403 for an origin that the key does not allow
   */
  projectOf(key: unknown, origin: string | null): string {
    const known = typeof key === 'string' ? this.#byText.get(key) : undefined;
    if (!known)
      throw new HttpError(
        401,
        'write_key_unknown',
        'writeKey is not one of this collector’s; check the client’s options',
      );
    if (known.origins && !(origin !== null && known.origins.includes(origin)))
      throw new HttpError(403, 'origin_forbidden', `writeKey does not allow the origin ${origin ?? '(none)'}`);
    return known.project ?? 'default';
  }
}
