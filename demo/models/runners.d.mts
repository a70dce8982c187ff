export type Score = (images: Float32Array, count: number) => Promise<Float32Array> | Float32Array;
export declare function openOnnx(file: string): Promise<Score>;
export declare function openTfjs(folder: string): Promise<Score>;
export declare function scoreAll(score: Score, images: Float32Array, options?: {part?: number}): Promise<Float32Array>;
export declare function predicted(scores: Float32Array): number[];
