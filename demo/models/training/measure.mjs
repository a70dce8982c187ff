import {drawDigits} from '../drawn.mjs';
import {preprocess} from '../preprocess.mjs';
import {predicted, scoreAll} from '../runners.mjs';

/**
 * What a card says about a version, measured on the file that ships.
 *
 * @param score from `openOnnx` or `openTfjs`
 * @param test the 10 000 test digits
 */
export async function measure(score, test) {
  const scores = await scoreAll(score, test.images);
  const answers = predicted(scores);
  const share = (images, labels) => scoreAll(score, images).then(got => shareRight(predicted(got), labels));
  const some = test.images.subarray(0, 784 * 1000);
  return {
    accuracy: shareRight(answers, test.labels),
    recall: recall(answers, test.labels),
    meanTopScore: answers.reduce((sum, answer, digit) => sum + scores[digit * 10 + answer], 0) / test.count,
    drawn: await measureDrawn(score),
    moved: await share(moveRight(some, 4), test.labels),
    pairs: await measurePairs(score, test.images),
    inverted: await share(
      some.map(ink => 1 - ink),
      test.labels,
    ),
  };
}

/** @returns right and all, and per digit drawn how often which other digit was read */
async function measureDrawn(score) {
  const drawn = drawDigits();
  const images = Float32Array.from(drawn.flatMap(({ink, width, height}) => [...preprocess(ink, width, height)]));
  const answers = predicted(await scoreAll(score, images));
  const misread = new Map();
  drawn.forEach(({digit}, index) => {
    if (answers[index] === digit) return;
    const key = `${digit} read as ${answers[index]}`;
    misread.set(key, (misread.get(key) ?? 0) + 1);
  });
  const wrong = [...misread.values()].reduce((sum, times) => sum + times, 0);
  return {right: drawn.length - wrong, all: drawn.length, misread: [...misread].sort((a, b) => b[1] - a[1])};
}

/** The mean of the highest scores for 200 pictures of two digits side by side: there is no right answer. */
async function measurePairs(score, images) {
  const pictures = Array.from({length: 200}, (_, pair) => {
    const both = Float32Array.from({length: 28 * 56}, (__, at) => {
      const digit = 2 * pair + (at % 56 < 28 ? 0 : 1);
      return images[digit * 784 + Math.floor(at / 56) * 28 + (at % 28)];
    });
    return [...preprocess(both, 56, 28)];
  });
  const scores = await scoreAll(score, Float32Array.from(pictures.flat()));
  return predicted(scores).reduce((sum, answer, picture) => sum + scores[picture * 10 + answer], 0) / pictures.length;
}

function shareRight(answers, labels) {
  return answers.filter((answer, digit) => answer === labels[digit]).length / answers.length;
}

function recall(answers, labels) {
  const right = new Array(10).fill(0);
  const all = new Array(10).fill(0);
  answers.forEach((answer, digit) => {
    all[labels[digit]] += 1;
    if (answer === labels[digit]) right[answer] += 1;
  });
  return right.map((count, digit) => count / all[digit]);
}

function moveRight(images, pixels) {
  return images.map((_, at) => (at % 28 < pixels ? 0 : images[at - pixels]));
}
