"""Settings of the stage `caption`; the descriptions become the trigger form and the docs."""

from typing import Any, Literal

from pydantic import Field

from tasks.core.prompts import PromptName, caption_prompt
from tasks.core.settings import Settings
from tasks.core.settings_language import VisionLanguageSettings

SIGNALS = "signals-1"
"""What captions without a model are marked with; another way of saying the same facts is another number."""

CAPTION_FLAGS = "captions-1"
"""How captions are scored, whatever wrote them."""

READING = "reading-2"
"""How text is read, and what of it is told."""

SIGNALS_READ = ("changes", "composite", "content_type", "freeze", "motion", "overlay_text", "resolution", "slideshow")
"""Scorers of `filter` whose numbers captions without a model tell."""


class CaptionSettings(Settings):
    """How clips are described, in windows of 5 s."""

    algorithm: Literal["caption-1"] = "caption-1"
    model: VisionLanguageSettings | None = Field(
        None, description="What writes them; empty for no model: then captions tell what was measured and no more."
    )
    prompt: PromptName = Field("default", description="What a model is told to look for.")
    prompt_text: str | None = Field(
        None, min_length=20, max_length=8000,
        description="Your own words in place of that; a recipe file may name a .md file here.",
    )  # fmt: skip
    frames: int = Field(8, ge=1, le=64, description="Pictures of each window that a model is shown.")
    structured: bool = Field(
        False, description="Also a caption by subjects, setting, camera and actions (`caption_json`)."
    )
    read_text: bool = Field(
        False, description="Without a model: also tell what text in the picture says; a model reads it itself."
    )
    metadata: bool = Field(False, description="Tell a model what the source says of the video, where it says anything.")

    @property
    def prompt_hash(self) -> str | None:
        """sha256 of what a model is asked; None without one."""
        return caption_prompt(self.prompt, self.prompt_text, structured=self.structured).sha256 if self.model else None

    def fingerprint(self) -> dict[str, Any]:
        """What captions depend on: the model and all that it is asked, or how the numbers are put into words."""
        if self.model is None:
            reading = {"reading": READING} if self.read_text else {}
            return {"algorithm": self.algorithm, "model": SIGNALS, "structured": self.structured, **reading}
        own = self.model_dump(mode="json", include={"algorithm", "frames", "structured", "metadata"})
        return {**own, "model": self.model.fingerprint(), "prompt": self.prompt_hash}
