"""All scenes by name; each is a function of the frame's number, so any frame can be painted at any time."""

from collections.abc import Callable

import numpy as np

from tasks.cli.demo_corpus.city import city
from tasks.cli.demo_corpus.layers import Look, Scene, Size
from tasks.cli.demo_corpus.outdoors import drive, landscape, sea
from tasks.cli.demo_corpus.things import arm, balls, nebula

SCENES: dict[str, Callable[[np.random.Generator, Size, Look], Scene]] = {
    "arm": arm,
    "balls": balls,
    "city": city,
    "drive": drive,
    "landscape": landscape,
    "nebula": nebula,
    "sea": sea,
}
