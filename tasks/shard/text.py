"""The captions of a clip as vectors: `<clip>.t5.npy`, one array, made by a text encoder while the clip is packed."""

import io
from collections.abc import Callable, Sequence
from functools import cache, partial

import numpy as np

from tasks.core.settings_shard import TextVectorSettings
from tasks.models.folder import require
from tasks.models.text_encoder import TokenVectors, load_text_encoder

VECTORS = "t5.npy"
"""What the member is called behind the clip's id."""

VectorsOf = Callable[[Sequence[str]], list[TokenVectors]]
"""For each text its tokens' vectors."""


def encoder_of(settings: TextVectorSettings | None) -> VectorsOf | None:
    """What makes the vectors that a recipe asks for, loaded when first it has to; None where it asks for none.

    Raises ModelMissing where its files are not there.
    """
    if settings is None:
        return None
    require([settings.encoder])
    loaded = cache(partial(load_text_encoder, settings.encoder))
    return lambda texts: loaded().vectors_of(texts)


def npy(texts: Sequence[str], vectors_of: VectorsOf) -> bytes:
    """float16 [texts, tokens of the longest, dimension] as a file of numpy's; zeros beyond a text's last token.

    The texts of one clip share a pass, so that what comes of them does not hang on its neighbours in the tar.
    """
    found = iter(vectors_of([text for text in texts if text]))
    each = [next(found) if text else None for text in texts]
    there = [vectors for vectors in each if vectors is not None]
    array = np.zeros((len(each), max(map(len, there)), there[0].shape[1]), np.float16)
    for row, vectors in zip(array, each, strict=True):
        if vectors is not None:
            row[: len(vectors)] = vectors
    np.save(file := io.BytesIO(), array, allow_pickle=False)
    return file.getvalue()
