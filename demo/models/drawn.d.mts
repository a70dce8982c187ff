export declare function drawDigits(): {digit: number; ink: Float32Array; width: number; height: number}[];
