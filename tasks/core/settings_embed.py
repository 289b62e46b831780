"""Settings of the stage `embed`; the descriptions become the trigger form and the docs."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from tasks.core.examples import MOST_EXAMPLES, Example
from tasks.core.model_names import (
    REVISIONS,
    SIGNAL,
    SIGNAL_REVISION,
    AestheticHead,
    Backbone,
    PictureBackbone,
    QualityMetric,
    TextBackbone,
    commercial_refusal,
)
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
    model: PictureBackbone = Field(
        "clip-vit-large-patch14", description="The network that compares pictures with words."
    )
    types: tuple[ContentType, ...] = Field(
        default_factory=shipped_types,
        description="What there is to tell apart; a recipe file may name a YAML file here.",
    )

    def model_post_init(self, context: Any) -> None:
        """Refuse types that cannot be told apart."""
        check_types(self.types)


class DomainSettings(Settings):
    """How close a clip is to what the data is for, shown by examples or said in words; by the embedding."""

    algorithm: Literal["domain-1"] = "domain-1"
    examples: tuple[Example, ...] = Field(
        (), max_length=MOST_EXAMPLES,
        description="Clips that look like it; a recipe file names a folder or s3://bucket/prefix here.",
    )  # fmt: skip
    texts: tuple[Annotated[str, Field(min_length=3, max_length=200)], ...] = Field(
        (), max_length=MOST_EXAMPLES, description="Or what it shows, a phrase each; not with the embedding `signal`."
    )
    nearest: int = Field(
        3,
        ge=1,
        le=50,
        description="Examples that count: the mean over the nearest so many. Of texts the nearest counts.",
    )

    def model_post_init(self, context: Any) -> None:
        """Refuse a target that is not said, or said twice."""
        if bool(self.examples) == bool(self.texts):
            raise ValueError("examples or texts have to be given, and not both")


class PerceptualQualitySettings(Settings):
    """How good the pictures look to people: a network that was trained on their opinions."""

    algorithm: Literal["perceptual_quality-1"] = "perceptual_quality-1"
    model: QualityMetric = Field("musiq-koniq", description="The network; each has a scale of its own.")


class OwnHeadSettings(Settings):
    """What a small network of one's own says of the embedding."""

    algorithm: Literal["own_head-1"] = "own_head-1"
    file: Example = Field(description="Its layers, as docs/embed.md says; a recipe file names an .npz file here.")


Scorer = (
    EmbeddingSettings
    | ClipAestheticSettings
    | ZeroShotSettings
    | DomainSettings
    | PerceptualQualitySettings
    | OwnHeadSettings
)


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
    domain: DomainSettings | None = Field(None, description="Empty: not measured.")
    perceptual_quality: PerceptualQualitySettings | None = Field(None, description="Empty: not measured.")
    own_head: OwnHeadSettings | None = Field(None, description="Empty: not measured.")

    def model_post_init(self, context: Any) -> None:
        """Refuse words where the embedding knows none."""
        able, model = get_args(TextBackbone), self.embedding.model
        if self.domain is not None and self.domain.texts and model not in able:
            raise ValueError(
                f"domain.texts: the embedding {model} knows no words; embedding.model may be {', '.join(able)}"
            )

    @property
    def scorers(self) -> Mapping[str, Scorer]:
        """Those that run, by name."""
        found: dict[str, Scorer | None] = {
            "embedding": self.embedding,
            "clip_aesthetic": self.clip_aesthetic,
            "zero_shot": self.zero_shot,
            "domain": self.domain,
            "perceptual_quality": self.perceptual_quality,
            "own_head": self.own_head,
        }
        return {name: one for name, one in found.items() if one is not None}

    def network(self, scorer: str) -> str:
        """What a scorer's numbers are read off: a model of the model store, or `signal`."""
        one = self.scorers[scorer]
        return self.embedding.model if isinstance(one, DomainSettings | OwnHeadSettings) else one.model

    @property
    def models(self) -> tuple[str, ...]:
        """The models that they need from the model store."""
        named = [getattr(one, field, None) for one in self.scorers.values() for field in ("model", "head")]
        return tuple(dict.fromkeys(name for name in named if name is not None and name != SIGNAL))

    @property
    def commercial_refusals(self) -> list[str]:
        """A sentence for each model whose licence forbids commercial use."""
        named = [(name, one, field) for name, one in self.scorers.items() for field in ("model", "head")]
        found = [
            (name, commercial_refusal(getattr(one, field), _choices(type(one).model_fields[field].annotation)))
            for name, one, field in named
            if hasattr(one, field)
        ]
        return [f"{name}: {refusal}" for name, refusal in found if refusal is not None]

    def fingerprint(self, scorer: str) -> dict[str, Any]:
        """What one scorer's numbers depend on: its settings, its models' revisions and the pictures it is shown.

        Files count by their bytes, wherever they lie.
        """
        own = self.scorers[scorer].model_dump(mode="json")
        if scorer == "domain":
            sums = sorted(one["sha256"] for one in own["examples"])
            return {**own, "examples": sums, "embedding": self.fingerprint("embedding")}
        if scorer == "own_head":
            return {**own, "file": own["file"]["sha256"], "embedding": self.fingerprint("embedding")}
        if own["model"] == SIGNAL:
            return {**own, "revisions": {"model": SIGNAL_REVISION}}
        revisions = {field: REVISIONS[own[field]] for field in ("model", "head") if own.get(field) in REVISIONS}
        return {**own, "frames": self.frames, "sample_fps": self.sample_fps, "revisions": revisions}


def _choices(annotation: Any) -> list[str]:
    """The names that a field may have, of one list of them or several."""
    parts = get_args(annotation)
    return [one for part in parts for one in (get_args(part) or (part,))]
