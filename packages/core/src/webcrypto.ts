/** Bytes as WebCrypto takes them. */
export type Bytes = Uint8Array<ArrayBuffer>;

export interface EcdsaKey {
  readonly type: string;
}

/** A P-256 key as JSON (RFC 7517); `d` is there in a private key only. */
export interface Jwk {
  kty?: string;
  crv?: string;
  x?: string;
  y?: string;
  d?: string;
}

/** The part of `SubtleCrypto` that core needs, injected because core knows no platform. `crypto.subtle` fits. */
export interface Subtle {
  digest(algorithm: 'SHA-256', data: Bytes): Promise<ArrayBuffer>;
  importKey(
    format: 'jwk',
    key: Jwk,
    algorithm: {name: 'ECDSA'; namedCurve: 'P-256'},
    extractable: boolean,
    usages: ('sign' | 'verify')[],
  ): Promise<EcdsaKey>;
  sign(algorithm: {name: 'ECDSA'; hash: 'SHA-256'}, key: never, data: Bytes): Promise<ArrayBuffer>;
  verify(algorithm: {name: 'ECDSA'; hash: 'SHA-256'}, key: never, signature: Bytes, data: Bytes): Promise<boolean>;
}
