import time
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn

from .digits import Digits
from .networks import accuracy, logits_of


def fit(
    network: nn.Sequential,
    learn: Digits,
    held_out: Digits,
    *,
    epochs: int,
    rate: float,
    batch: int = 100,
    vary: Callable[[torch.Tensor], torch.Tensor] = lambda images: images,
) -> None:
    """Adam on cross-entropy with one cycle of the learning rate (Smith 2018), for a fixed number of epochs."""
    steps = len(learn.labels) // batch
    optimizer = torch.optim.Adam(network.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=epochs * steps, pct_start=0.15)
    for epoch in range(epochs):
        started = time.monotonic()
        network.train()
        for chosen in torch.randperm(steps * batch).split(batch):
            loss = F.cross_entropy(network(vary(learn.images[chosen])), learn.labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        share = accuracy(logits_of(network, held_out.images), held_out.labels)
        took = time.monotonic() - started
        print(f'  epoch {epoch + 1}/{epochs}: held-out accuracy {share:.4f}, {took:.1f} s', flush=True)
