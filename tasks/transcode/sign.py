"""An own C2PA manifest in an encoded clip: from which video it was transcoded, signed with the user's certificate."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from tasks.core.catalog.inputs import ClipInput
from tasks.core.errors import StageRefused
from tasks.core.media import Rendition

CERTIFICATE, KEY = "CLIPMILL_SIGNING_CERTIFICATE", "CLIPMILL_SIGNING_KEY"
"""Paths of PEM files: the signer's certificate followed by those above it, and its private key."""
ASSERTION = "org.clipmill.source"


def signed(made: Rendition, clip: ClipInput, algorithm: str) -> Rendition:
    """The rendition with the manifest in it. Raises StageRefused where it cannot be signed.

    A signature differs each time, so the same clip has other bytes when it is encoded again.
    """
    try:
        import c2pa
    except ImportError as error:
        raise StageRefused("transcode.manifest needs the package c2pa-python: install the group `c2pa`") from error
    unsigned = made.path.with_name(f"unsigned-{made.path.name}")
    made.path.rename(unsigned)
    try:
        info = c2pa.C2paSignerInfo(algorithm.encode(), _pem(CERTIFICATE), _pem(KEY), None)
        c2pa.Builder(_manifest(clip)).sign_file(str(unsigned), str(made.path), c2pa.Signer.from_info(info))
    except c2pa.C2paError as error:
        made.path.unlink(missing_ok=True)
        raise StageRefused(f"the manifest cannot be signed with {CERTIFICATE} as {algorithm}: {error}") from error
    finally:
        unsigned.unlink()
    with made.path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return replace(made, sha256=sha256, size_bytes=made.path.stat().st_size)


def _pem(variable: str) -> bytes:
    path = os.environ.get(variable)
    if not path:
        raise StageRefused(f"transcode.manifest signs each clip: set {variable} to the path of a PEM file")
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise StageRefused(f"{variable}: cannot read {path}: {error.strerror}") from error


def _manifest(clip: ClipInput) -> dict[str, Any]:
    """What is claimed: opened the video, cut and transcoded it. The video is named by its id, which its bytes make."""
    opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["source"]}}
    source = {
        "clip_id": str(clip.subject_id),
        "start_pts": clip.span.start_pts,
        "end_pts": clip.span.end_pts,
        "time_base": str(clip.span.time_base),
        "crop_box": [clip.inner.x, clip.inner.y, clip.inner.width, clip.inner.height],
    }
    return {
        "claim_generator_info": [{"name": "clipmill"}],
        "title": str(clip.subject_id),
        "format": "video/mp4",
        "ingredients": [
            {
                "label": "source",
                "title": f"video {clip.video_id}",
                "format": "video/mp4",
                "instance_id": f"urn:uuid:{clip.video_id}",
                "relationship": "parentOf",
            }
        ],
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [opened, {"action": "c2pa.transcoded"}]}},
            {"label": ASSERTION, "data": source | {"video_id": str(clip.video_id)}},
        ],
    }
