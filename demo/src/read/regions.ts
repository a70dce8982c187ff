import type {Vector} from './picture.js';

/** Pixels that touch each other. */
export interface Region {
  points: Vector[];
  /** Mean of the probabilities. */
  score: number;
}

/**
 * Connected regions (by sides and corners) where the probability that a pixel is text is above the threshold.
 *
 * @param map row by row
 */
export function regionsOf(map: ArrayLike<number>, width: number, height: number, threshold = 0.3): Region[] {
  const seen = new Uint8Array(width * height);
  const regions: Region[] = [];
  for (let start = 0; start < width * height; start++)
    if (!seen[start] && map[start]! > threshold) regions.push(fill(map, width, height, threshold, seen, start));
  return regions;
}

function fill(
  map: ArrayLike<number>,
  width: number,
  height: number,
  threshold: number,
  seen: Uint8Array,
  start: number,
): Region {
  const points: Vector[] = [];
  const open = [start];
  seen[start] = 1;
  let sum = 0;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const [x, y] = [at % width, Math.floor(at / width)];
    points.push({x, y});
    sum += map[at]!;
    for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++)
      for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
        const next = row * width + column;
        if (seen[next] || map[next]! <= threshold) continue;
        seen[next] = 1;
        open.push(next);
      }
  }
  return {points, score: sum / points.length};
}
