/** Told during long work; `total` is in the same unit as `done`. */
export interface Progress {
  phase: string;
  done: number;
  total: number;
}

export type OnProgress = (progress: Progress) => void;
