import {limitsOf, percent} from './limits.mjs';
import {harms, intendedUse, licence, versions, watched} from './versions.mjs';

/** The model card as Markdown (after Mitchell et al. 2019, "Model Cards for Model Reporting"). */
export function card(version, bytes, measured) {
  const {title, how, runtime} = versions[version];
  const list = items => items.map(item => `- ${item}`).join('\n');
  return `# digits ${version}: ${title}

${how}

| | |
|---|---|
| Input | \`image\`, float32 ${runtime.package === 'onnxruntime-web' ? '[batch, 1, 28, 28]' : '[batch, 28, 28, 1]'}, 0 paper to 1 ink, preprocessed as \`model.json\` says |
| Output | \`scores\`, float32 [batch, 10], probabilities |
| Runtime | ${runtime.package} ${runtime.version} |
| Size | ${(bytes / 1000).toFixed(1)} kB |
| Accuracy, 10 000 test digits | ${(measured.accuracy * 100).toFixed(2)} % |
| Mean highest score on them | ${percent(measured.meanTopScore)} |
| Digits drawn by program | ${measured.drawn.right} of ${measured.drawn.all} |
| Licence of the weights | ${licence} |

The share of each digit's test examples that is found:

| ${measured.recall.map((_, digit) => digit).join(' | ')} |
|${'---|'.repeat(10)}
| ${measured.recall.map(percent).join(' | ')} |

## For what

${intendedUse}

## What it learned from

The first 55 000 of MNIST's training digits (LeCun, Cortes and Burges, from NIST Special Databases 3 and 1). The last
5 000 of the training file were held out for choices; the test digits were used for the numbers on this card alone.

## Limits

${list(limitsOf(version, measured))}

## Who could be harmed, and how it is watched

${list(harms)}

${watched}
`;
}
