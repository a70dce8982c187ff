import type {Box, Vector} from './picture.js';

/** Convex hull by Andrew's monotone chain (Information Processing Letters 9, 1979). */
export function hullOf(points: readonly Vector[]): Vector[] {
  const sorted = [...points].sort((a, b) => a.x - b.x || a.y - b.y);
  if (sorted.length < 3) return sorted;
  const lower = chain(sorted);
  const upper = chain(sorted.reverse());
  return [...lower.slice(0, -1), ...upper.slice(0, -1)];
}

function chain(points: readonly Vector[]): Vector[] {
  const hull: Vector[] = [];
  for (const point of points) {
    while (hull.length >= 2 && turn(hull.at(-2)!, hull.at(-1)!, point) <= 0) hull.pop();
    hull.push(point);
  }
  return hull;
}

const turn = (a: Vector, b: Vector, c: Vector) => (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);

/**
 * The smallest turned rectangle around pixels: one of its sides lies on a side of their hull. Text runs along its longer
 * side, and from left to right.
 */
export function smallestBox(pixels: readonly Vector[]): Box {
  const hull = hullOf(hullOf(pixels).flatMap(cornersOfPixel));
  const boxes = hull.map((from, i) => boxAlong(hull, from, hull[(i + 1) % hull.length]!));
  return upright(boxes.reduce((best, box) => (box.width * box.height < best.width * best.height ? box : best)));
}

const cornersOfPixel = ({x, y}: Vector) => [
  {x, y},
  {x: x + 1, y},
  {x, y: y + 1},
  {x: x + 1, y: y + 1},
];

function boxAlong(hull: readonly Vector[], from: Vector, to: Vector): Box {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const along = {x: (to.x - from.x) / length, y: (to.y - from.y) / length};
  const [left, right] = extent(hull.map(({x, y}) => x * along.x + y * along.y));
  const [top, bottom] = extent(hull.map(({x, y}) => y * along.x - x * along.y));
  const [u, v] = [(left + right) / 2, (top + bottom) / 2];
  const centre = {x: u * along.x - v * along.y, y: u * along.y + v * along.x};
  return {centre, along, width: right - left, height: bottom - top};
}

const extent = (values: readonly number[]) => [Math.min(...values), Math.max(...values)] as const;

/** From here on a box taller than wide is a line that was turned; a single letter stands upright in one that is not much taller. */
const turnedFrom = 1.5;

/** Read from left to right, or from top to bottom. */
function upright(box: Box): Box {
  const level = Math.abs(box.along.y) > Math.abs(box.along.x) ? turned(box) : box;
  const read = level.height >= turnedFrom * level.width ? turned(level) : level;
  const {x, y} = read.along;
  const backwards = x < 0;
  return {...read, along: {x: (backwards ? -x : x) + 0, y: (backwards ? -y : y) + 0}};
}

function turned({centre, along: {x, y}, width, height}: Box): Box {
  return {centre, along: {x: -y, y: x}, width: height, height: width};
}

/** Grows a box on all sides by area × ratio / circumference: the network is taught to find text shrunk by as much. */
export function unclip(box: Box, ratio = 1.6): Box {
  const {width, height} = box;
  const by = (width * height * ratio) / (2 * (width + height));
  return {...box, width: width + 2 * by, height: height + 2 * by};
}
