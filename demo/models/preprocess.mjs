/** Goes into the manifest as `preprocess.version`; it changes whenever the numbers that `preprocess` gives change. */
export const preprocessVersion = 'mnist-centre/1';

export const preprocessDescription =
  'Ink is 1, paper 0. Crop to the ink (above 0.05), scale the crop so that its longer side is 20 pixels, keeping the ' +
  'aspect and averaging by area, divide by the largest value, and place it on 28 x 28 pixels of paper with the centre ' +
  'of mass in the middle, moved by whole pixels and never over the edge.';

const inkThreshold = 0.05;
const boxSide = 20;
const fieldSide = 28;

/**
 * A drawing as the digit models take it: what MNIST's makers did to scanned digits
 * (http://yann.lecun.com/exdb/mnist/: "size normalized to fit in a 20x20 pixel box while preserving their aspect
 * ratio ... centered in a 28x28 image by computing the center of mass").
 *
 * @param ink `width * height` values, row by row, 0 paper to 1 ink
 * @returns 784 values 0..1, row by row; undefined when there is no ink
 */
export function preprocess(ink, width, height) {
  const crop = findInk(ink, width, height);
  if (!crop) return undefined;
  const scale = boxSide / Math.max(crop.width, crop.height);
  const box = shrink(ink, width, crop, {
    width: Math.max(1, Math.round(crop.width * scale)),
    height: Math.max(1, Math.round(crop.height * scale)),
  });
  return place(box);
}

function findInk(ink, width, height) {
  let left = width,
    right = -1,
    top = height,
    bottom = -1;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (!(ink[y * width + x] > inkThreshold)) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  return right < 0 ? undefined : {left, top, width: right - left + 1, height: bottom - top + 1};
}

/** Each target pixel is the mean of the source under it, cut pixels counting by their part. */
function shrink(ink, stride, crop, {width, height}) {
  const data = new Float32Array(width * height);
  const columns = spans(crop.left, crop.width, width);
  spans(crop.top, crop.height, height).forEach((rows, y) =>
    columns.forEach((cells, x) => {
      let sum = 0;
      for (const row of rows) for (const cell of cells) sum += row.part * cell.part * ink[row.at * stride + cell.at];
      data[y * width + x] = sum;
    }),
  );
  return {data, width, height};
}

/** For each target cell along one axis: which source cells it covers, and with which weight (they sum to 1). */
function spans(start, from, to) {
  const step = from / to;
  return Array.from({length: to}, (_, index) => {
    const [low, high] = [index * step, (index + 1) * step];
    const first = Math.floor(low);
    const count = Math.max(1, Math.min(from, Math.ceil(high - 1e-9)) - first);
    return Array.from({length: count}, (__, offset) => ({
      at: start + first + offset,
      part: (Math.min(high, first + offset + 1) - Math.max(low, first + offset)) / step,
    }));
  });
}

function place({data, width, height}) {
  const full = data.reduce((largest, value) => Math.max(largest, value), 0);
  const mass = data.reduce((sum, value) => sum + value, 0);
  const centreX = data.reduce((sum, value, at) => sum + value * (at % width), 0) / mass;
  const centreY = data.reduce((sum, value, at) => sum + value * Math.floor(at / width), 0) / mass;
  const left = origin(centreX, width);
  const top = origin(centreY, height);
  const field = new Float32Array(fieldSide * fieldSide);
  data.forEach((value, at) => {
    field[(top + Math.floor(at / width)) * fieldSide + left + (at % width)] = value / full;
  });
  return field;
}

/** MNIST's mass lies at index 14.0 of 0..27 on average over its 60 000 digits, not at 13.5. */
function origin(centre, side) {
  return Math.max(0, Math.min(fieldSide - side, Math.round(fieldSide / 2 - centre)));
}
