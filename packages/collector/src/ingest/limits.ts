/** What one request may cost. Bytes. */
export interface IngestLimits {
  /** A gzipped body, as sent. @default 262144 (256 KiB) */
  gzipBytes: number;
  /** A plain body. @default 1048576 (1 MiB) */
  plainBytes: number;
  /** A gzipped body, inflated. @default 4194304 (4 MiB) */
  inflatedBytes: number;
  /** Inflated bytes for each byte sent. @default 100 */
  ratio: number;
}

export const defaultLimits: IngestLimits = {
  gzipBytes: 256 * 1024,
  plainBytes: 1024 * 1024,
  inflatedBytes: 4 * 1024 * 1024,
  ratio: 100,
};
