"""How a source is listed and fetched."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from tasks.core.settings import Settings
from tasks.core.store.uri import is_s3, split_s3_uri

Kind = Literal["folder", "s3", "http", "hf", "rclone", "ytdlp", "manifest"]
LISTS = ("http", "ytdlp", "manifest")
"""Kinds whose path is a file that names the videos."""
REMOTE = ("http", "hf", "rclone", "ytdlp", "manifest")
"""Kinds of which something may be fetched: they say what may be done with it before anything is."""
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?")
_REMOTE_PATH = re.compile(r"[A-Za-z0-9_][\w.+@ -]*:[^\0]*")
_TIMES = re.compile(r"%[YmdHj]")


def _is_dated(value: str) -> str:
    """The pattern, where each of its % is a part of a date and the day can be told from it."""
    if "%" in _TIMES.sub("", value) or not ("%Y" in value and ("%j" in value or ("%m" in value and "%d" in value))):
        raise ValueError("the date as it stands in the key, such as year=%Y/month=%m/day=%d (%Y %m %d %H %j)")
    return value


class ListingSettings(Settings):
    """Which files of a source are taken."""

    include: tuple[str, ...] = Field(
        (), description="Patterns of which the path below the source meets one, such as videos/**/*.mp4; empty: all."
    )
    date_in_key: Annotated[str, AfterValidator(_is_dated)] | None = Field(
        None,
        description="How the path below the source begins with its date, such as year=%Y/month=%m/day=%d; */ stands "
        "for any folder. A run's window then goes by this date; without it, by the file's time.",
    )
    uri_column: str = Field("uri", description="Of a manifest, the column that says where the file is.", min_length=1)


class FetchSettings(Settings):
    """How files are fetched that do not lie in place."""

    max_file_bytes: int = Field(50_000_000_000, ge=1, description="Larger files are left where they are.")
    bytes_per_s: int | None = Field(None, ge=1000, description="Most bytes a second of each process; empty: no limit.")
    requests_per_s: float = Field(
        10.0, gt=0, le=1000, description="Most requests a second of each process to one host."
    )
    tries: int = Field(5, ge=1, le=20, description="Tries of a request, with growing waits between them.")
    timeout_s: float = Field(60.0, gt=0, le=3600, description="Seconds without a byte after which a try has failed.")
    private_network: bool = Field(
        False, description="Whether addresses of a private network may be asked, which URLs from outside could abuse."
    )


class HubSettings(Settings):
    """Which state of a dataset repository is taken, and where the hub is."""

    revision: str = Field(description="The commit's full hash, so that what is listed cannot change.")
    endpoint: str = Field("https://huggingface.co", description="The hub's address.", pattern=r"^https?://[^/\s]+$")
    token_variable: str = Field(
        "HF_TOKEN", description="Name of the environment variable with the token, for gated repositories.", min_length=1
    )

    def model_post_init(self, context: object) -> None:
        """Refuse what is no commit: a branch or a tag may point elsewhere tomorrow."""
        if not re.fullmatch(r"[0-9a-f]{40}", self.revision):
            raise ValueError("revision: the full hash of a commit, 40 characters; the repository's history shows it")


def check_path(kind: str, path: str) -> None:
    """Raises ValueError where the path is none of its kind."""
    if is_s3(path):
        if kind in ("folder", "hf", "rclone"):
            raise ValueError("path: s3://bucket/prefix goes with kind: s3, an absolute path with kind: folder")
        split_s3_uri(path)
    elif kind == "s3":
        raise ValueError("path: s3://bucket/prefix goes with kind: s3, an absolute path with kind: folder")
    elif kind == "folder" and not path.startswith("/"):
        raise ValueError("path: an absolute path is wanted with kind: folder; stages may run in another folder")
    elif kind == "hf" and not _REPOSITORY.fullmatch(path):
        raise ValueError("path: of kind hf it is the repository's name, owner/name")
    elif kind == "rclone" and not _REMOTE_PATH.fullmatch(path):
        raise ValueError("path: of kind rclone it is remote:folder, where rclone's configuration knows the remote")
