"""Captions as trainers take them that know one text for a whole video."""

from typing import Literal

from pydantic import Field

from tasks.core.settings import Settings
from tasks.dataset.version import Clip
from tasks.export.fit import Fitted, Misfit

Length = Literal["short", "medium", "long"]


class CaptionOptions(Settings):
    """Which caption stands for a clip."""

    caption: Length = Field("long", description="How long a caption.")
    windows: Literal["first", "joined"] = Field(
        "first", description="Of several captioned windows: the first, or all in order of time."
    )


class JoinedCaptionOptions(CaptionOptions):
    """The same, for trainers that take their frames from anywhere in the clip."""

    windows: Literal["first", "joined"] = Field(
        "joined", description="Of several captioned windows: the first, or all in order of time."
    )


class NeutralOptions(CaptionOptions):
    """The same, for layouts that serve models without words too."""

    captions: Literal["required", "optional"] = Field(
        "required", description="Whether a clip without a caption is left out, or has an empty one."
    )


def caption_of(clip: Clip, options: CaptionOptions) -> str | None:
    """The caption on one line; None where a window that counts has none of that length."""
    windows = clip.windows[:1] if options.windows == "first" else clip.windows
    texts = [window.captions.get(options.caption, "") for window in windows]
    return " ".join(" ".join(texts).split()) if texts and all(text.strip() for text in texts) else None


def why_no_caption(fitted: Fitted, options: CaptionOptions) -> Misfit | None:
    """The misfit of a clip without the caption that is asked for."""
    if caption_of(fitted.clip, options) is not None:
        return None
    if not fitted.clip.windows:
        return Misfit(fitted.clip.clip_id, "no_caption", "the version has no captions of it")
    return Misfit(fitted.clip.clip_id, f"no_{options.caption}_caption", "one of its windows has none of that length")


def why_no_wanted_caption(fitted: Fitted, options: NeutralOptions) -> Misfit | None:
    """The same, where captions are required."""
    return why_no_caption(fitted, options) if options.captions == "required" else None
