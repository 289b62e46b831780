"""Settings of the stage `embed`; the descriptions become the trigger form and the docs."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from tasks.core.model_names import REVISIONS, SIGNAL, SIGNAL_REVISION, AestheticHead, Backbone
from tasks.core.settings import Settings
from tasks.core.taxonomy import ContentType, check_types, shipped_types


class EmbeddingSettings(Settings):
    """The vector by which clips are compared."""

    algorithm: Literal["embedding-1"] = "embedding-1"
    model: Literal["signal"] | Backbone = Field(
        "signal", description="What makes it: `signal` needs no weights; another name is a model of the model store."
    )

    @property
    def kind(self) -> Literal["signal", "model"]:
        """What sort of vector it is: policies tell them apart, as their similarities are not of one scale."""
        return "signal" if self.model == "signal" else "model"


class ClipAestheticSettings(Settings):
    """How pleasing people would find it: CLIP with a linear head that was trained on people's ratings."""

    algorithm: Literal["clip_aesthetic-1"] = "clip_aesthetic-1"
    model: Literal["clip-vit-large-patch14"] = Field(
        "clip-vit-large-patch14", description="The network that the head was trained on."
    )
    head: AestheticHead = Field("aesthetic-sac-logos-ava1-l14", description="The head.")


class ZeroShotSettings(Settings):
    """What the clip shows, by comparing it with words."""

    algorithm: Literal["zero_shot-1"] = "zero_shot-1"
    model: Backbone = Field("clip-vit-large-patch14", description="The network that compares pictures with words.")
    types: tuple[ContentType, ...] = Field(
        default_factory=shipped_types,
        description="What there is to tell apart; a recipe file may name a YAML file here.",
    )

    def model_post_init(self, context: Any) -> None:
        """Refuse types that cannot be told apart."""
        check_types(self.types)


class EmbedSettings(Settings):
    """Vectors and model scores; one entry per scorer, and those left empty do not run."""

    score_all: bool = Field(
        False, description="Also look at clips that the policy drops by the scores of `filter`, to study thresholds."
    )
    frames: int = Field(8, ge=1, le=64, description="Pictures of a clip that networks see, spread evenly over it.")
    sample_fps: float | None = Field(
        None, gt=0, le=8, description="Pictures per second instead, at most 256 of a clip; empty for `frames`."
    )
    embedding: EmbeddingSettings = EmbeddingSettings()
    clip_aesthetic: ClipAestheticSettings | None = Field(None, description="Empty: not measured.")
    zero_shot: ZeroShotSettings | None = Field(None, description="Empty: not measured.")

    @property
    def scorers(self) -> Mapping[str, EmbeddingSettings | ClipAestheticSettings | ZeroShotSettings]:
        """Those that run, by name."""
        found = {"embedding": self.embedding, "clip_aesthetic": self.clip_aesthetic, "zero_shot": self.zero_shot}
        return {name: one for name, one in found.items() if one is not None}

    @property
    def models(self) -> tuple[str, ...]:
        """The models that they need from the model store."""
        named = [getattr(one, field, None) for one in self.scorers.values() for field in ("model", "head")]
        return tuple(dict.fromkeys(name for name in named if name is not None and name != SIGNAL))

    def fingerprint(self, scorer: str) -> dict[str, Any]:
        """What one scorer's numbers depend on: its settings, its models' revisions and the pictures it is shown."""
        own = self.scorers[scorer].model_dump(mode="json")
        if own["model"] == SIGNAL:
            return {**own, "revisions": {"model": SIGNAL_REVISION}}
        revisions = {field: REVISIONS[own[field]] for field in ("model", "head") if own.get(field) in REVISIONS}
        return {**own, "frames": self.frames, "sample_fps": self.sample_fps, "revisions": revisions}
