"""Scores that are read off the vectors of a clip's pictures."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tasks.core.model import Score
from tasks.core.settings_embed import ClipAestheticSettings, EmbedSettings, ZeroShotSettings
from tasks.core.taxonomy import GROUPS, ContentType
from tasks.embed.see import Seen
from tasks.models.backbone import load_backbone
from tasks.models.head import LinearHead, load_head

Vectors = NDArray[np.float32]


def clip_vector(rows: Vectors) -> Vectors:
    """float32 [dimension] of length 1: the mean of a clip's pictures."""
    mean = rows.mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)


def vector_of(seen: Seen, settings: EmbedSettings) -> Vectors:
    """float32 [dimension] of length 1: what clips are compared by, once the networks are done with it."""
    return seen.signal if seen.signal is not None else clip_vector(seen.vectors[settings.embedding.model])


def aesthetic(rows: Vectors, settings: ClipAestheticSettings) -> Score:
    """The mean over the pictures of what the head says of each."""
    return aesthetic_of(rows, load_head(settings.head))


def aesthetic_of(rows: Vectors, head: LinearHead) -> Score:
    """The same with this head."""
    return Score("clip_aesthetic", {"clip_aesthetic": float(head.values(rows).mean())})


def zero_shot(rows: Vectors, settings: ZeroShotSettings) -> Score:
    """How surely the clip is of each type and group."""
    words, sharpness = _words(settings.model, settings.types)
    return zero_shot_of(rows, settings.types, words, sharpness)


@cache
def _words(model: str, types: tuple[ContentType, ...]) -> tuple[Vectors, float]:
    backbone = load_backbone(model)
    return type_vectors(types, backbone.vectors_of_words), backbone.sharpness


def type_vectors(types: Sequence[ContentType], vectors_of_words: Callable[[Sequence[str]], Vectors]) -> Vectors:
    """float32 [types, dimension], each of length 1: the mean of a type's prompts."""
    return np.stack([clip_vector(vectors_of_words(one.prompts)) for one in types])


def zero_shot_of(rows: Vectors, types: Sequence[ContentType], words: Vectors, sharpness: float) -> Score:
    """Shares of 1 over all types, by the softmax of the similarities (Radford et al. 2021, CLIP)."""
    similarity = sharpness * (words @ clip_vector(rows)).astype(np.float64)
    shares = np.exp(similarity - similarity.max())
    shares /= shares.sum()
    groups = {
        group: sum(float(s) for s, one in zip(shares, types, strict=True) if one.group == group) for group in GROUPS
    }
    numbers = {f"zero_shot_{group}": min(1.0, share) for group, share in groups.items()}
    numbers["zero_shot_confidence"] = float(shares.max())
    # By type as well, for people; policies know the groups, which are the same in every taxonomy.
    numbers |= {f"type_{one.name}": float(share) for one, share in zip(types, shares, strict=True)}
    return Score("zero_shot", numbers)


def perceptual_quality(rows: Vectors) -> Score:
    """The mean over the pictures of what the network says of each."""
    return Score("perceptual_quality", {"perceptual_quality": float(rows.mean())})
