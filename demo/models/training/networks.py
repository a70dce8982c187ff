"""The two families of network. Each gives logits [batch, 10]; softmax is added where they are written out."""

import torch
from torch import nn


class Dense(nn.Conv2d):
    """A dense layer as a convolution over the whole map: Debian's torch multiplies matrices with the reference BLAS,
    far slower than it convolves. The weight [out, in, rows, columns] is the dense one, unflattened."""


def softmax_regression() -> nn.Sequential:
    return nn.Sequential(Dense(1, 10, 28), nn.Flatten())


def small_cnn() -> nn.Sequential:
    """Strides in place of pooling and no padding: few operators, that every runtime has and none rounds its own way."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 5, stride=2),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 48, 4, stride=2),
        nn.ReLU(),
        nn.Dropout(0.2),
        Dense(48, 64, 4),
        nn.ReLU(),
        nn.Dropout(0.2),
        Dense(64, 10, 1),
        nn.Flatten(),
    )


@torch.no_grad()
def logits_of(network: nn.Sequential, images: torch.Tensor) -> torch.Tensor:
    network.eval()
    return torch.cat([network(part) for part in images.split(500)])


def accuracy(logits: torch.Tensor, labels: torch.Tensor) -> float:
    return (logits.argmax(1) == labels).double().mean().item()
