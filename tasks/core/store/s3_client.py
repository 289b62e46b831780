"""The process's one client of S3, set up by the environment variables that all S3 tools know."""

import os
import threading
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.utils import parse_timestamp

from tasks.core.errors import StageRefused
from tasks.core.store.s3_errors import asking, explained

ADDRESSING_VARIABLE = "CLIPMILL_S3_ADDRESSING"
ADDRESSINGS = ("auto", "path", "virtual")
REGION = "us-east-1"
"""Where no region is named: what peers of S3 expect, and from where AWS itself sends us on."""
MIB = 1 << 20
UPLOAD = TransferConfig(
    multipart_threshold=64 * MIB,
    multipart_chunksize=16 * MIB,
    max_concurrency=4,
    preferred_transfer_client="classic",
)
"""At most four parts of a file under way. 10,000 parts are allowed: files of up to 156 GiB."""
DOWNLOAD = TransferConfig(
    multipart_threshold=1 << 50, use_threads=False, io_chunksize=MIB, preferred_transfer_client="classic"
)
"""One request per object, which costs the least; where many are wanted they come side by side (s5cmd.py)."""

_lock = threading.Lock()


def client() -> Any:
    """The client of this very process: a forked child makes its own, since connections cannot be shared."""
    return _of_this_process().s3


def found_settings() -> dict[str, str]:
    """The region and what credentials boto3 found by its chain, as the variables that other programs read."""
    session = _of_this_process().session
    found = {"AWS_REGION": _region(session)}
    with asking(shown_endpoint(), ""):
        credentials = session.get_credentials()
        frozen = credentials and credentials.get_frozen_credentials()
    if frozen:
        found |= {"AWS_ACCESS_KEY_ID": frozen.access_key, "AWS_SECRET_ACCESS_KEY": frozen.secret_key}
        found |= {"AWS_SESSION_TOKEN": frozen.token} if frozen.token else {}
    return found


def forget_client() -> None:
    """Lets the next call read the environment anew."""
    _connected.cache_clear()


def own_endpoint() -> str | None:
    """The URL of a store that is not AWS's own."""
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or None


def addressing() -> str:
    """auto, path or virtual. Raises StageRefused for anything else."""
    style = os.environ.get(ADDRESSING_VARIABLE) or "auto"
    if style not in ADDRESSINGS:
        raise StageRefused(f"{ADDRESSING_VARIABLE}={style!r}; it may be {', '.join(ADDRESSINGS)}")
    return style


def shown_endpoint() -> str:
    """Where the store is, for messages; without a password that somebody put into the URL."""
    endpoint = own_endpoint()
    if endpoint is None:
        return "AWS S3"
    parts = urlsplit(endpoint)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _of_this_process() -> "_Connected":
    with _lock:
        return _connected(os.getpid())


@dataclass(frozen=True, slots=True)
class _Connected:
    session: Any
    s3: Any


@cache
def _connected(process: int) -> _Connected:
    try:
        core = botocore.session.get_session()
        core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=moment)
        session = boto3.session.Session(botocore_session=core)
        return _Connected(session, session.client("s3", region_name=_region(session), config=_config()))
    except BotoCoreError as error:
        raise explained(error, shown_endpoint()) from error
    except ValueError as error:
        raise StageRefused(f"a setting for S3 is wrong: {error}") from error


def moment(said: Any) -> datetime:
    """The time that S3 says; botocore's own way of reading it takes more than half the time of a listing."""
    if isinstance(said, str) and said.endswith("Z") and "T" in said:
        try:
            return datetime.fromisoformat(said)
        except ValueError:
            pass
    read: datetime = parse_timestamp(said)
    return read


def _region(session: Any) -> str:
    """boto3 itself knows AWS_DEFAULT_REGION only, other clients AWS_REGION only."""
    return os.environ.get("AWS_REGION") or session.region_name or REGION


def _config() -> Config:
    return Config(
        connect_timeout=10,
        read_timeout=60,
        retries={"mode": "standard", "total_max_attempts": int(os.environ.get("AWS_MAX_ATTEMPTS") or 5)},
        tcp_keepalive=True,
        user_agent_extra="clipmill",
        **(_peer_checks() if own_endpoint() else {"s3": {"addressing_style": addressing()}}),
    )


def _peer_checks() -> dict[str, Any]:
    """How bytes are checked on their way to a store that is not AWS's own.

    Many peers refuse, or even store, the trailing checksums that AWS's clients send of late. All of them check the
    SHA-256 in a request's signature, so that is always sent; who wants more sets AWS_REQUEST_CHECKSUM_CALCULATION.
    """
    return {
        "s3": {"addressing_style": addressing(), "payload_signing_enabled": True},
        "request_checksum_calculation": os.environ.get("AWS_REQUEST_CHECKSUM_CALCULATION") or "when_required",
        "response_checksum_validation": os.environ.get("AWS_RESPONSE_CHECKSUM_VALIDATION") or "when_required",
    }
