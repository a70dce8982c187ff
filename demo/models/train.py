"""Trains the three versions of the digits model. Run by train.mjs, which says what it needs and checks the result.

    python3 train.py --data FOLDER --out FOLDER

Writes 1.0.0/model.onnx, 1.1.0/model.onnx, and for 1.2.0 the weights (layers.json, layers.bin) and its logits over the
test digits (logits.bin, float32 [10 000, 10]). Same seed, same machine: same bytes.
"""

import argparse
import json
from pathlib import Path

import torch

from training.augment import augment
from training.digits import hold_out, read_digits
from training.fit import fit
from training.networks import accuracy, logits_of, small_cnn, softmax_regression
from training.write_onnx import write_onnx
from training.write_weights import write_weights

SEEDS = {'1.0.0': 100, '1.1.0': 110, '1.2.0': 120}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument('--data', type=Path, required=True, help='folder of the four MNIST files')
    arguments.add_argument('--out', type=Path, required=True, help='folder to write to')
    arguments.add_argument('--only', choices=SEEDS, help='train one version only')
    given = arguments.parse_args()
    # More threads would sum in another order, and the bytes would differ from run to run.
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    learn, held_out = hold_out(read_digits(given.data, 'train'))
    test = read_digits(given.data, 't10k')
    for version in [given.only] if given.only else SEEDS:
        folder = given.out / version
        folder.mkdir(parents=True, exist_ok=True)
        network = train(version, learn, held_out)
        logits = logits_of(network, test.images)
        print(f'  test accuracy {accuracy(logits, test.labels):.4f}', flush=True)
        write(version, network, logits, folder)
    counts = torch.bincount(learn.labels, minlength=10).tolist()
    (given.out / 'learned.json').write_text(json.dumps({'examples': len(learn.labels), 'classes': counts}))


def train(version: str, learn, held_out) -> torch.nn.Sequential:
    torch.manual_seed(SEEDS[version])
    print(f'{version}:', flush=True)
    if version == '1.0.0':
        network = softmax_regression()
        fit(network, learn, held_out, epochs=12, rate=5e-3, batch=200)
    else:
        network = small_cnn()
        fit(network, learn, held_out, epochs=8, rate=3e-3, vary=augment)
    return network


def write(version: str, network: torch.nn.Sequential, logits: torch.Tensor, folder: Path) -> None:
    if version == '1.2.0':
        write_weights(network, folder)
        (folder / 'logits.bin').write_bytes(logits.numpy().astype('<f4').tobytes())
    else:
        write_onnx(network, folder / 'model.onnx')


if __name__ == '__main__':
    main()
