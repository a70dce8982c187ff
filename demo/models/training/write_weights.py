import json
from pathlib import Path

import numpy
from torch import nn

from .networks import Dense


def write_weights(network: nn.Sequential, folder: Path) -> None:
    """The weights in TensorFlow's layout, for `build-tfjs.mjs`: `layers.json` says per layer its kind, stride and shapes
    in order, `layers.bin` holds kernels and biases one after another, float32, little-endian."""
    layers = [layer for layer in network if isinstance(layer, nn.Conv2d)]
    described = [describe(layer) for layer in layers]
    values = [array for layer in layers for array in (kernel(layer), layer.bias.detach().numpy())]
    (folder / 'layers.json').write_text(json.dumps(described))
    (folder / 'layers.bin').write_bytes(b''.join(array.astype('<f4').tobytes() for array in values))


def describe(layer: nn.Conv2d) -> dict:
    kind = 'dense' if isinstance(layer, Dense) else 'conv'
    return {'kind': kind, 'stride': layer.stride[0], 'kernel': list(kernel(layer).shape), 'bias': list(layer.bias.shape)}


def kernel(layer: nn.Conv2d) -> numpy.ndarray:
    """Torch holds [out, in, row, column] and its maps channel first; TensorFlow [row, column, in, out] and channel last.
    A dense kernel must follow the same order, because what is flattened before it does."""
    rows_first = layer.weight.detach().numpy().transpose(2, 3, 1, 0)
    return rows_first.reshape(-1, layer.out_channels) if isinstance(layer, Dense) else rows_first
