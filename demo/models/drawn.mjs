/**
 * Digits drawn by program with a round brush on a square canvas, as a mouse or finger draws them. They are not people's
 * writing: they show whether a model that learned from scanned digits holds up on even strokes at full ink.
 */

const canvasSide = 280;

const curve = (...points) => ({smooth: true, points});
const line = (...points) => ({smooth: false, points});
/** Per digit its ways of being written: strokes of points in a unit square, y down; `curve` is smoothed, `line` is not. */
// prettier-ignore
const glyphs = [
  [0, curve([0.5, 0.05], [0.22, 0.25], [0.18, 0.6], [0.45, 0.95], [0.78, 0.7], [0.78, 0.3], [0.5, 0.05])],
  [0, curve([0.6, 0.05], [0.38, 0.3], [0.33, 0.75], [0.5, 0.95], [0.65, 0.65], [0.68, 0.25], [0.56, 0.06])],
  [1, line([0.5, 0.05], [0.5, 0.95])],
  [1, line([0.3, 0.3], [0.5, 0.05], [0.5, 0.95])],
  [1, line([0.34, 0.25], [0.52, 0.05], [0.52, 0.95]), line([0.3, 0.95], [0.74, 0.95])],
  [2, curve([0.22, 0.28], [0.4, 0.06], [0.7, 0.15], [0.7, 0.4], [0.2, 0.95]), line([0.2, 0.95], [0.8, 0.94])],
  [2, curve([0.25, 0.2], [0.55, 0.05], [0.72, 0.3], [0.45, 0.7], [0.22, 0.88], [0.3, 0.75], [0.55, 0.9], [0.85, 0.88])],
  [3, curve([0.22, 0.15], [0.5, 0.05], [0.7, 0.22], [0.42, 0.46], [0.75, 0.68], [0.55, 0.94], [0.2, 0.85])],
  [3, line([0.25, 0.06], [0.72, 0.06], [0.46, 0.42]), curve([0.46, 0.42], [0.75, 0.55], [0.7, 0.85], [0.4, 0.96],
    [0.2, 0.84])],
  [4, line([0.28, 0.05], [0.2, 0.55], [0.82, 0.55]), line([0.65, 0.08], [0.65, 0.95])],
  [4, line([0.64, 0.95], [0.64, 0.05], [0.15, 0.65], [0.85, 0.65])],
  [5, line([0.75, 0.05], [0.3, 0.05], [0.27, 0.45]), curve([0.27, 0.45], [0.6, 0.4], [0.76, 0.65], [0.55, 0.93],
    [0.22, 0.85])],
  [5, curve([0.3, 0.08], [0.28, 0.45], [0.62, 0.48], [0.7, 0.78], [0.45, 0.95], [0.22, 0.86]), line([0.3, 0.07],
    [0.78, 0.06])],
  [6, curve([0.66, 0.05], [0.38, 0.25], [0.24, 0.6], [0.34, 0.9], [0.65, 0.9], [0.72, 0.65], [0.48, 0.52], [0.26,
    0.68])],
  [6, curve([0.5, 0.05], [0.34, 0.4], [0.32, 0.8], [0.5, 0.95], [0.66, 0.8], [0.55, 0.62], [0.34, 0.76])],
  [7, line([0.2, 0.08], [0.8, 0.08], [0.45, 0.95])],
  [7, line([0.2, 0.1], [0.78, 0.08], [0.42, 0.95]), line([0.34, 0.5], [0.74, 0.5])],
  [7, curve([0.2, 0.14], [0.45, 0.06], [0.78, 0.1], [0.6, 0.45], [0.48, 0.95])],
  [8, curve([0.5, 0.48], [0.28, 0.28], [0.5, 0.05], [0.72, 0.26], [0.5, 0.48], [0.24, 0.74], [0.5, 0.95], [0.76,
    0.74], [0.5, 0.48])],
  [8, curve([0.72, 0.16], [0.46, 0.06], [0.32, 0.26], [0.66, 0.62], [0.6, 0.92], [0.34, 0.88], [0.4, 0.6], [0.74,
    0.18])],
  [9, curve([0.72, 0.3], [0.5, 0.06], [0.27, 0.25], [0.45, 0.5], [0.72, 0.28]), line([0.72, 0.28], [0.68, 0.95])],
  [9, curve([0.7, 0.22], [0.46, 0.06], [0.28, 0.3], [0.5, 0.48], [0.72, 0.24], [0.7, 0.7], [0.5, 0.95], [0.28, 0.86])],
].map(([digit, ...strokes]) => ({digit, strokes}));

const brushes = [10, 18, 28];
const poses = [
  {slant: 0, width: 0.6, height: 0.75, left: 0.2, top: 0.12},
  {slant: -0.22, width: 0.55, height: 0.6, left: 0.3, top: 0.3},
  {slant: 0.18, width: 0.42, height: 0.45, left: 0.08, top: 0.45},
  {slant: -0.1, width: 0.8, height: 0.55, left: 0.1, top: 0.2},
];

/**
 * Every way of writing, with three brushes (10, 18 and 28 pixels on a canvas of 280) in four poses (slant, size, place),
 * each with its own small tremor; the same every time.
 *
 * @returns {{digit: number, ink: Float32Array, width: number, height: number}[]} `ink` row by row, 0 paper to 1 ink
 */
export function drawDigits() {
  const random = mulberry32(20261123);
  return glyphs.flatMap(({digit, strokes}) =>
    brushes.flatMap(brush => poses.map(pose => ({digit, ...draw(strokes, brush, pose, random)}))),
  );
}

function draw(strokes, brush, pose, random) {
  const ink = new Float32Array(canvasSide * canvasSide);
  for (const {smooth, points} of strokes) {
    const placed = points.map(([x, y]) => [
      (pose.left + pose.width * (x + pose.slant * (y - 0.5)) + (random() - 0.5) * 0.03) * canvasSide,
      (pose.top + pose.height * y + (random() - 0.5) * 0.03) * canvasSide,
    ]);
    const path = smooth ? smoothed(placed) : placed;
    path.slice(1).forEach((to, index) => stroke(ink, path[index], to, brush / 2));
  }
  return {ink, width: canvasSide, height: canvasSide};
}

/** Catmull-Rom through the points, twelve steps between two. */
function smoothed(points) {
  const at = index => points[Math.max(0, Math.min(points.length - 1, index))];
  const between = ([a, b, c, d], t) =>
    0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t * t * t);
  return points.flatMap((_, index) => {
    if (index === points.length - 1) return [at(index)];
    const four = [at(index - 1), at(index), at(index + 1), at(index + 2)];
    return Array.from({length: 12}, (__, step) =>
      [0, 1].map(axis =>
        between(
          four.map(point => point[axis]),
          step / 12,
        ),
      ),
    );
  });
}

/** A capsule with an edge one pixel soft. */
function stroke(ink, [x0, y0], [x1, y1], radius) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const reach = Math.ceil(radius + 1);
  const range = (a, b) => [
    Math.max(0, Math.floor(Math.min(a, b)) - reach),
    Math.min(canvasSide - 1, Math.ceil(Math.max(a, b)) + reach),
  ];
  const [left, right] = range(x0, x1);
  const [top, bottom] = range(y0, y1);
  for (let y = top; y <= bottom; y++)
    for (let x = left; x <= right; x++) {
      const along = Math.max(0, Math.min(1, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy || 1)));
      const distance = Math.hypot(x - x0 - along * dx, y - y0 - along * dy);
      const at = y * canvasSide + x;
      ink[at] = Math.max(ink[at], Math.max(0, Math.min(1, radius + 0.5 - distance)));
    }
}

/** A small seeded generator (Tommy Ettinger's mulberry32), 0 inclusive to 1 exclusive. */
function mulberry32(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
