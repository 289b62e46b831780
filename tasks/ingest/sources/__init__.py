"""Where videos come from: each kind is one file with one class."""

from functools import lru_cache
from importlib import import_module

from tasks.core.recipe import SourceSettings
from tasks.ingest.sources.base import Source, is_in_place

__all__ = ["Source", "is_in_place", "open_kind"]

KINDS = {
    "folder": "folder:Folder",
    "s3": "s3:S3",
    "http": "http:Http",
    "hf": "hf:HuggingFace",
    "rclone": "rclone:Rclone",
    "ytdlp": "ytdlp:YtDlp",
    "manifest": "manifest:Manifest",
}
"""Kind to its class, imported where it is used."""


@lru_cache(maxsize=8)
def open_kind(settings: SourceSettings) -> Source:
    """The source as its kind does it, one per process. StageRefused where the machine lacks what it takes."""
    module, name = KINDS[settings.kind].split(":")
    kind: type[Source] = getattr(import_module(f"{__name__}.{module}"), name)
    return kind(settings)
