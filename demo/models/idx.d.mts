export declare const digitsFolder: string;
export declare const digitsFiles: Record<'train' | 'test', [images: string, labels: string]>;
export declare function readIdx(file: string): {shape: number[]; data: Uint8Array};
export declare function readDigits(split: 'train' | 'test'): {
  count: number;
  images: Float32Array;
  labels: Uint8Array;
};
