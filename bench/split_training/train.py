"""Makes the weights of the shot detector, `tasks/split/network.npz`, from nothing but drawn footage.

    python -m bench.split_training.train [--output FILE] [--rounds 3] [--footage FOLDER]

Needs PyTorch (any build; one CPU core is enough: about 20 minutes, nearly all of it drawing). The same seeds give the
same material; weights agree to rounding. `--footage` takes videos of your own instead, each to be one unbroken shot.
No real video went into the weights that are shipped, so that any real video is a fair test of them.
"""

import argparse
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.split_training.footage import HEIGHT, WIDTH, Footage, made_footage
from bench.split_training.programme import Programme, make_programme
from tasks.core.media import View, decode, probe
from tasks.split import network
from tasks.split.features import REACH, describe

FIRST_SEED, SHOTS, PROGRAMMES, SHOTS_PER_PROGRAMME = 21, 350, 700, 10
"""Each round draws so many shots and joins them in so many programmes."""

CHANNELS, EPOCHS, BATCH, LENGTH, RATE = 32, 10, 16, 256, 3e-3
NETWORKS = 3
IMPORTANCE = (4.0, 1.0, 1.0, 1.5)
"""Weight of a positive of each kind: cuts are single pictures, wipes are rare."""

Floats = NDArray[np.float32]


def main() -> None:
    """Draws, describes, trains and writes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path(network.__file__).with_name("network.npz"))
    parser.add_argument("--rounds", type=int, default=3, help="rounds of drawing; more rounds, more material")
    parser.add_argument("--footage", type=Path, help="folder of videos of one shot each, in place of drawn footage")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    rounds = [_described(FIRST_SEED + i, asked.footage) for i in range(asked.rounds)]
    features, truth, weight = (np.concatenate(arrays) for arrays in zip(*rounds, strict=True))
    np.savez(asked.output, **trained(features, truth, weight))
    print(f"written to {asked.output}")


def material(seed: int, folder: Path | None = None) -> Iterator[Programme]:
    """The programmes of one round."""
    rng = np.random.default_rng(seed)
    footage = read_footage(sorted(folder.iterdir())) if folder else made_footage(SHOTS, rng)
    for _ in range(PROGRAMMES):
        chosen = rng.integers(len(footage), size=SHOTS_PER_PROGRAMME)
        yield make_programme([footage[i] for i in chosen], rng)


def read_footage(paths: list[Path], seconds: int = 12) -> list[Footage]:
    """The beginning of each video as footage."""
    read = []
    for path in paths:
        info = probe(path)
        frames = decode(path, info, view=View("gray", max_side_px=2 * WIDTH))
        few = islice(frames, int(seconds * info.frame_rate))
        pictures = [cv2.resize(frame.image, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA) for frame in few]
        read.append(Footage(path.name, np.stack(pictures), float(info.frame_rate)))
    return read


def described_programme(made: Programme) -> Floats:
    """Features of every picture of a programme."""
    ends = np.repeat(made.pictures[:1], REACH, axis=0), np.repeat(made.pictures[-1:], REACH, axis=0)
    padded = np.concatenate([ends[0], made.pictures, ends[1]])
    count = len(made.pictures)
    return np.concatenate([describe(padded[i : i + 64 + 2 * REACH]) for i in range(0, count, 64)])[:count]


def _described(seed: int, folder: Path | None) -> tuple[NDArray[np.float16], ...]:
    """Features, truth and weight of one round in pieces of LENGTH pictures; [pieces, LENGTH, ...]."""
    pieces: list[tuple[NDArray[np.float16], ...]] = []
    for number, made in enumerate(material(seed, folder), 1):
        features = described_programme(made)
        for start in range(0, len(features), LENGTH):
            part = slice(start, start + LENGTH)
            if len(features[part]) >= 2 * REACH:
                pieces.append(_padded(features[part], made.truth[part], made.weight[part]))
        if number % 50 == 0:
            print(f"seed {seed}: {number} of {PROGRAMMES} programmes", flush=True)
    return tuple(np.stack(arrays) for arrays in zip(*pieces, strict=True))


def _padded(features: Floats, truth: Floats, weight: Floats) -> tuple[NDArray[np.float16], ...]:
    """A piece filled up to LENGTH; what is filled in, and the first two pictures, have no weight."""
    weight = weight.copy()
    weight[:2] = 0
    missing = ((0, LENGTH - len(features)), (0, 0))
    return tuple(np.pad(array, missing).astype(np.float16) for array in (features, truth, weight))


def trained(features: NDArray[Any], truth: NDArray[Any], weight: NDArray[Any]) -> dict[str, Floats]:
    """The arrays that `tasks.split.network` reads."""
    flat = features.reshape(-1, features.shape[-1])[:300_000].astype(np.float32)
    scale = {"mean": flat.mean(axis=0), "deviation": flat.std(axis=0) + np.float32(1e-3)}
    scaled = ((features.astype(np.float32) - scale["mean"]) / scale["deviation"]).clip(-8, 8).astype(np.float16)
    nets = [_arrays(_fitted(scaled, truth, weight, seed)) for seed in range(NETWORKS)]
    return scale | {name: np.stack([net[name] for net in nets]) for name in nets[0]}


def _fitted(scaled: NDArray[Any], truth: NDArray[Any], weight: NDArray[Any], seed: int) -> Any:
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    net = _network(scaled.shape[-1])
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=1e-4)
    steps = EPOCHS * (len(scaled) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    importance = torch.tensor(IMPORTANCE).view(1, 4, 1)
    for epoch in range(EPOCHS):
        order, total = torch.randperm(len(scaled)).numpy(), 0.0
        for batch in order[: len(scaled) // BATCH * BATCH].reshape(-1, BATCH):
            x, y, w = (torch.from_numpy(array[batch]).float().transpose(1, 2) for array in (scaled, truth, weight))
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                net(x), y, weight=w * (1 + (importance - 1) * y), reduction="sum"
            ) / (w.sum() + 1)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item()
        print(f"network {seed}, epoch {epoch}: loss {total * BATCH / len(scaled):.4f}", flush=True)
    return net


def _network(features: int) -> Any:
    import torch

    class Network(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.enter = torch.nn.Conv1d(features, CHANNELS, 1)
            self.mix = torch.nn.ModuleList(
                torch.nn.Conv1d(CHANNELS, CHANNELS, 3, dilation=spread, padding=spread) for spread in network.SPREADS
            )
            self.leave = torch.nn.Conv1d(CHANNELS, len(network.KINDS), 1)

        def forward(self, x: Any) -> Any:
            x = torch.relu(self.enter(x))
            for mix in self.mix:
                x = x + torch.relu(mix(x))
            return self.leave(x)

    return Network()


def _arrays(net: Any) -> dict[str, Floats]:
    """The weights as matrices that stand to the right of a row of features."""
    state = {name: value.detach().numpy() for name, value in net.state_dict().items()}
    arrays = {}
    for name in ("enter", "leave"):
        arrays[name] = state[f"{name}.weight"][:, :, 0].T
        arrays[f"{name}_bias"] = state[f"{name}.bias"][None]
    for layer in range(len(network.SPREADS)):
        arrays[f"mix{layer}"] = state[f"mix.{layer}.weight"].transpose(2, 1, 0)
        arrays[f"mix{layer}_bias"] = state[f"mix.{layer}.bias"][None]
    return {name: np.ascontiguousarray(array, np.float32) for name, array in arrays.items()}


if __name__ == "__main__":
    main()
