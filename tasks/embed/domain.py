"""How close clips are to what the data is for: to examples of it, or to words that say what it shows."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from tasks.core.catalog.inputs import ClipInput
from tasks.core.errors import StageRefused
from tasks.core.examples import Example, sha256_of
from tasks.core.log import Progress, get_log
from tasks.core.media import probe
from tasks.core.model import Box, Score, Span, VideoInfo, content_id
from tasks.core.pool import Done, ItemPool, Stopped, worker_count
from tasks.core.settings_embed import DomainSettings, EmbedSettings
from tasks.core.store import open_source
from tasks.embed.feeder import Feeder
from tasks.embed.scores import Vectors, vector_of
from tasks.embed.see import Asked, Seen, see
from tasks.models.backbone import load_reader
from tasks.models.network import load_network

LIMIT_S = 300.0
MEMORY_BYTES = 4 << 30
LOG = get_log(stage="embed")


def domain(vector: Vectors, target: Vectors, settings: DomainSettings) -> Score:
    """The mean similarity to the nearest examples, or the similarity to the nearest text.

    One example alone may be an odd one, so some have to agree; all of them would ask a clip to be of every kind at
    once. A text stands for a whole kind, so one is enough.
    """
    nearest = 1 if settings.texts else settings.nearest
    similarities = np.sort(target @ vector)[-nearest:]
    return Score("domain", {"domain_similarity": float(np.clip(similarities.mean(), -1, 1))})


@cache
def target_of(settings: EmbedSettings, asked: Asked) -> Vectors:
    """float32 [examples or texts, dimension], each of length 1; made once a process.

    Raises StageRefused where no example can be read, or one has changed since the recipe took it in.
    """
    if settings.domain is None:
        raise ValueError("the recipe has no domain")
    if settings.domain.texts:
        return load_reader(settings.network("domain")).vectors_of_words(settings.domain.texts)
    feeder, looked = Feeder(load_network), []
    for seen in _looked_at(settings.domain.examples, asked):
        feeder.offer(seen)
        looked.append(seen)
    feeder.finish()
    return np.stack([vector_of(seen, settings) for seen in looked])


@dataclass(frozen=True, slots=True)
class _Shown:
    """An example, as a child process is given it."""

    subject_id: uuid.UUID
    example: Example


def _looked_at(examples: Sequence[Example], asked: Asked) -> Iterator[Seen]:
    """What becomes of each example that can be read; a few at a time, as their pictures take room."""
    shown = [_Shown(content_id("example", one.sha256), one) for one in examples]
    refused: list[str] = []
    workers = min(worker_count(), len(shown))
    with Progress(len(shown), LOG, unit="examples") as progress, ItemPool(workers, MEMORY_BYTES, __name__) as pool:
        for at in range(0, len(shown), workers):
            some = shown[at : at + workers]
            futures = [pool.submit(see_example, one, asked, LIMIT_S) for one in some]
            for one, future in zip(some, futures, strict=True):
                match pool.outcome(future, LIMIT_S):
                    case Done(_, value):
                        yield value
                    case Stopped(error, message):
                        raise error(message)
                    case ended:
                        LOG.warning("example left out", uri=one.example.uri, message=ended.message)
                        refused.append(f"{one.example.uri}: {ended.message}")
                progress.advance()
    if len(refused) == len(shown):
        raise StageRefused(f"embed.domain: none of the {len(shown)} examples can be read as a video ({refused[0]})")


def see_example(shown: _Shown, asked: Asked) -> Seen:
    """The pictures of a whole file; nothing has looked for borders, so they are part of it.

    Raises UnreadableVideo, and StageRefused where the bytes are not those that the recipe names.
    """
    example = shown.example
    with open_source(example.uri) as source:
        if sha256_of(source) != example.sha256:
            raise StageRefused(f"{example.uri} has changed since the recipe took it in; add the recipe again")
        return see(source, _whole(shown, probe(source)), asked)


def _whole(shown: _Shown, info: VideoInfo) -> ClipInput:
    """The file as one clip."""
    span = Span(info.start_pts, info.end_pts, info.time_base)
    box = Box(0, 0, info.width_px, info.height_px)
    return ClipInput(shown.subject_id, shown.subject_id, shown.example.uri, info, span, box, ("domain",))
