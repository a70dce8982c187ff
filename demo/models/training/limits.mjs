import {versions} from './versions.mjs';

/** The limits of a version in sentences, with the numbers that were measured on it. */
export function limitsOf(version, {accuracy, recall, drawn, moved, inverted, pairs}) {
  const worst = recall.indexOf(Math.min(...recall));
  return [
    `Right on ${percent(accuracy)} of MNIST's 10 000 test digits; worst at the ${worst}, found in ${percent(recall[worst])}.`,
    `Right on ${drawn.right} of ${drawn.all} digits drawn by program with a round brush${misread(drawn)}. People were not asked.`,
    `Needs the preprocessing: moved by 4 pixels it is right on ${percent(moved)} of 1 000 test digits, dark on light on ${percent(inverted)}.`,
    `Answers with one digit whatever it is shown: two digits side by side get a highest score of ${percent(pairs)} on average.`,
    ...versions[version].limits,
  ];
}

export function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}

function misread({misread: pairs}) {
  const [first] = pairs;
  return first ? `; most often wrong: ${first[0]} (${first[1]} times)` : '';
}
