export declare const preprocessVersion: string;
export declare const preprocessDescription: string;
export declare function preprocess(ink: ArrayLike<number>, width: number, height: number): Float32Array | undefined;
