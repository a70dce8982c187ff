import {smallestBox, unclip} from './box.js';
import type {Box} from './picture.js';
import {regionsOf} from './regions.js';

export interface FoundBox extends Box {
  /** How sure the detection is that this is text, 0..1. */
  score: number;
  /** It stands close behind the box before it, on the same line: words far apart are found one by one. */
  goesOn: boolean;
}

/** Smaller ones are specks, in pixels of the map. */
const smallestSide = 3;

/**
 * Boxes of text in the order in which they are read (DB's post-processing, arXiv:1911.08947, with rectangles).
 *
 * @param map the detection's answer: for each pixel the probability that it is text
 * @param picture what the boxes are told in; the map is a scaled picture of it
 */
export function findLines(
  map: {data: ArrayLike<number>; width: number; height: number},
  picture: {width: number; height: number},
  surest = 0.5,
): FoundBox[] {
  const scale = {x: picture.width / map.width, y: picture.height / map.height};
  const boxes = regionsOf(map.data, map.width, map.height).flatMap(({points, score}) => {
    const box = smallestBox(points);
    const kept = score >= surest && Math.min(box.width, box.height) >= smallestSide;
    return kept ? [{...scaled(unclip(box), scale), score, goesOn: false}] : [];
  });
  return inReadingOrder(boxes);
}

/** Both scales are nearly the same: they differ by rounding to multiples of 32. */
function scaled({centre, along, width, height}: Box, {x, y}: {x: number; y: number}): Box {
  const stretch = Math.hypot(along.x * x, along.y * y);
  return {
    centre: {x: centre.x * x, y: centre.y * y},
    along: {x: (along.x * x) / stretch, y: (along.y * y) / stretch},
    width: width * stretch,
    height: height * Math.hypot(along.y * x, along.x * y),
  };
}

/** Down the page; boxes whose middles are within half a height of each other stand on one line. */
function inReadingOrder(boxes: readonly FoundBox[]): FoundBox[] {
  const lines: FoundBox[][] = [];
  for (const box of [...boxes].sort((a, b) => a.centre.y - b.centre.y)) {
    const first = lines.at(-1)?.[0];
    const same = first && Math.abs(box.centre.y - first.centre.y) < Math.min(box.height, first.height) / 2;
    if (same) lines.at(-1)!.push(box);
    else lines.push([box]);
  }
  return lines.flatMap(line => withJoints(line.sort((a, b) => a.centre.x - b.centre.x)));
}

/** Farther apart than twice their height are columns, not words. */
function withJoints(line: readonly FoundBox[]): FoundBox[] {
  return line.map((box, i) => {
    const before = line[i - 1];
    if (!before) return box;
    const gap = box.centre.x - before.centre.x - (box.width + before.width) / 2;
    return {...box, goesOn: gap < 2 * Math.min(box.height, before.height)};
  });
}
