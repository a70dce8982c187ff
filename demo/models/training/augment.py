"""Variation that scanned digits lack and drawn ones have: pose, wobble, brush, full ink."""

import torch
import torch.nn.functional as F


def augment(images: torch.Tensor) -> torch.Tensor:
    """A new variation of each image; draws from torch's global generator."""
    grid = F.affine_grid(random_poses(len(images)), list(images.shape), align_corners=False)
    moved = F.grid_sample(images, grid + wobble(images), align_corners=False)
    return full_ink(brush(moved))


def random_poses(count: int) -> torch.Tensor:
    """Affine maps: turned by up to 13 degrees, scaled by 0.85 to 1.14, sheared by up to 0.25, moved by up to 2 pixels."""
    angle = uniform(count, -0.22, 0.22)
    wide, high = uniform(count, 0.88, 1.18), uniform(count, 0.88, 1.18)
    shear = uniform(count, -0.25, 0.25)
    right, down = uniform(count, -2 / 14, 2 / 14), uniform(count, -2 / 14, 2 / 14)
    cos, sin = torch.cos(angle), torch.sin(angle)
    rows = [torch.stack([cos * wide, shear - sin * high, right], 1), torch.stack([sin * wide, cos * high, down], 1)]
    return torch.stack(rows, 1)


def wobble(images: torch.Tensor) -> torch.Tensor:
    """A smooth displacement: normal, 0.84 pixels, at 5 x 5 points (after Simard et al. 2003, elastic distortion)."""
    coarse = torch.randn(len(images), 2, 5, 5) * 0.06
    return F.interpolate(coarse, size=images.shape[2:], mode='bicubic', align_corners=True).permute(0, 2, 3, 1)


def brush(images: torch.Tensor) -> torch.Tensor:
    """Three in ten grow thicker by up to a pixel on each side, two in ten thinner."""
    padded = F.pad(images, (1, 1, 1, 1))
    thick, thin = images, images
    for down, right in ((1, 0), (1, 2), (0, 1), (2, 1)):
        neighbour = padded[:, :, down : down + 28, right : right + 28]
        thick, thin = torch.maximum(thick, neighbour), torch.minimum(thin, neighbour)
    choice, amount = torch.rand(2, len(images), 1, 1, 1)
    thicker = torch.where(choice < 0.3, images + amount * (thick - images), images)
    return torch.where(choice > 0.8, images + 0.6 * amount * (thin - images), thicker)


def full_ink(images: torch.Tensor) -> torch.Tensor:
    """Harder edges, as a brush at full strength leaves them."""
    return (images * (1 + 0.6 * torch.rand(len(images), 1, 1, 1))).clamp(0, 1)


def uniform(count: int, low: float, high: float) -> torch.Tensor:
    return low + (high - low) * torch.rand(count)
