"""Where brightness changes, and how alike that is in two pictures: what stands still there, whatever shines through."""

import numpy as np

from tasks.filter.scorer import Floats, Grey

BLOCK_PX = 24
LEAST_SLOPE = 5.0
"""Root mean square of the slopes, in grey levels over two pixels, from which a part of a picture shows something."""
LEAST_BLOCKS = 5


def slopes(image: Grey | Floats) -> Floats:
    """float32 [2, height, width]: by how much brightness rises over two pixels to the right and down; 0 at edges."""
    levels = image.astype(np.float32)
    rises = np.zeros((2, *image.shape), np.float32)
    np.subtract(levels[:, 2:], levels[:, :-2], out=rises[0, :, 1:-1])
    np.subtract(levels[2:], levels[:-2], out=rises[1, 1:-1])
    return rises


def likeness(one: Floats, other: Floats) -> float:
    """-1 to 1: how alike two fields of slopes are, 1 where one is a multiple of the other; 0 where one is flat."""
    both = float(np.vdot(one, one)) * float(np.vdot(other, other))
    return float(np.vdot(one, other)) / both**0.5 if both > 0 else 0.0


def strength(field: Floats, pixels: int) -> float:
    """Root mean square of the slopes over so many pixels."""
    return float((np.vdot(field, field) / max(pixels, 1)) ** 0.5)


def common_likeness(one: Floats, other: Floats) -> float:
    """The median likeness of the picture's blocks that have something to show; 1 where there are too few of them."""
    likenesses = block_likenesses(one, other)
    return float(np.median(likenesses)) if len(likenesses) >= LEAST_BLOCKS else 1.0


def block_likenesses(one: Floats, other: Floats) -> Floats:
    """[n] the likeness of each block that has something to show."""
    energies = block_sums((one * one).sum(axis=0))
    products = block_sums((one * other).sum(axis=0))
    others = block_sums((other * other).sum(axis=0))
    shows = energies > BLOCK_PX**2 * LEAST_SLOPE**2
    return np.asarray(products[shows] / np.sqrt(energies[shows] * others[shows] + 1))


def block_sums(values: Floats, side: int = BLOCK_PX) -> Floats:
    """Sums over whole squares of this side; what is left over at the right and below is left out."""
    rows, columns = values.shape[0] // side, values.shape[1] // side
    whole = values[: rows * side, : columns * side]
    return np.asarray(whole.reshape(rows, side, columns * side).sum(axis=1).reshape(rows, columns, side).sum(axis=2))
