"""Settings of a vision-language model: which one answers, how it is reached and how it is asked."""

from typing import Any, Literal, get_args

from pydantic import Field

from tasks.core.model_names import REVISIONS, VisionLanguage, commercial_refusal, language_model_named
from tasks.core.settings import Settings

URL_VARIABLE = "CLIPMILL_VLM_SERVER"
"""Where the server is, for recipes that do not say."""


class VisionLanguageSettings(Settings):
    """The model that answers questions about pictures, for one stage."""

    backend: Literal["transformers", "openai"] = Field(
        "transformers",
        description="In this process, or any server that speaks OpenAI's chat completions, as vLLM does.",
    )
    model: str = Field(
        min_length=1, max_length=200,
        description="A model of the model store; with `openai` what the server calls it.",
    )  # fmt: skip
    url: str | None = Field(
        None, pattern=r"^https?://[^\s]+$",
        description=f"With `openai`: the server's address up to /v1; empty for what {URL_VARIABLE} says.",
    )  # fmt: skip
    api_key_variable: str | None = Field(
        None, pattern=r"^[A-Z][A-Z0-9_]*$",
        description="With `openai`: the environment variable that holds the server's key, which has no place here.",
    )  # fmt: skip
    allows_commercial_use: bool = Field(
        False,
        description="Your word for it, where `commercial: true` meets a served model that clipmill does not know.",
    )
    longer_side_px: int = Field(
        640, ge=64, le=4096, description="Longer side of the pictures that it is shown; smaller ones stay as they are."
    )
    answer_tokens: int = Field(1024, ge=16, le=16384, description="Longest answer, in the model's tokens.")
    temperature: float = Field(0.0, ge=0, le=2, description="0 takes the likeliest word each time.")
    batch: int = Field(
        8, ge=1, le=256, description="With `transformers`: questions that go through the model together."
    )
    in_flight: int = Field(32, ge=1, le=1024, description="With `openai`: requests that are open at a time.")
    timeout_s: float = Field(180, gt=0, le=3600, description="With `openai`: seconds that one request may take.")
    tries: int = Field(6, ge=1, le=20, description="With `openai`: times that one question is sent, at most.")
    give_up_s: float = Field(
        300, gt=0, le=86400,
        description="With `openai`: seconds without any answer after which the stage ends, to be run again.",
    )  # fmt: skip

    def model_post_init(self, context: Any) -> None:
        """Refuse a model that cannot be loaded."""
        if self.backend == "transformers" and self.model not in get_args(VisionLanguage):
            known = ", ".join(get_args(VisionLanguage))
            raise ValueError(f"model: {self.model!r} is not in the model store; there are {known}")

    @property
    def registered(self) -> str | None:
        """The name in the registry, of a served model too where its server uses that or the hub's name."""
        return language_model_named(self.model)

    @property
    def models(self) -> tuple[str, ...]:
        """What has to be in the model store."""
        return (self.model,) if self.backend == "transformers" else ()

    @property
    def commercial_refusal(self) -> str | None:
        """Why a commercial recipe may not use this model; None where it may."""
        if self.registered is not None:
            return commercial_refusal(self.registered, get_args(VisionLanguage))
        if self.allows_commercial_use:
            return None
        return f"the licence of {self.model} is not known here; say `allows_commercial_use: true` where you know it"

    def fingerprint(self) -> dict[str, Any]:
        """What answers depend on: the model, its revision where it is loaded here, and how it is asked.

        Not where it is served, nor how many requests are open.
        """
        asked = self.model_dump(mode="json", include={"model", "longer_side_px", "answer_tokens", "temperature"})
        return {**asked, "revision": REVISIONS[self.model] if self.backend == "transformers" else None}
