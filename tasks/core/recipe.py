"""A recipe: sources, stage settings, policy and output as one YAML file, named by its hash."""

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from tasks.core.errors import BadRecipe
from tasks.core.examples import list_examples, take_in
from tasks.core.model import content_hash
from tasks.core.settings import Settings, canonical_json
from tasks.core.settings_caption import CaptionSettings
from tasks.core.settings_embed import EmbedSettings
from tasks.core.settings_filter import CropSettings, FilterSettings
from tasks.core.settings_mix import MixSettings
from tasks.core.settings_rights import Licence, RightsSettings, UseSettings, allowed_use
from tasks.core.settings_shard import ShardSettings
from tasks.core.settings_source import LISTS, REMOTE, FetchSettings, HubSettings, Kind, ListingSettings, check_path
from tasks.core.settings_validate import ValidateSettings, load_criteria
from tasks.core.store.uri import is_s3, source_uri, split_s3_uri
from tasks.core.taxonomy import load_taxonomy

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


class SourceSettings(Settings):
    """Where videos come from, with the licence and rights that make it lawful to use them."""

    name: Name = Field(description="How this source is called in reports.")
    kind: Kind = Field("folder", description="What sort of place it is.")
    path: str = Field(
        description="Absolute path of the folder; or s3://bucket/prefix, where all below prefix/ is read in place; of "
        "http, ytdlp and manifest the file that names the videos; of hf owner/name; of rclone remote:folder.",
        min_length=1,
    )
    licence: Licence = Field(description="SPDX identifier of the licence, or LicenseRef-<name> for terms of your own.")
    rights: str = Field(description="On what ground you may use it, in a sentence.", min_length=3)
    evidence: str | None = Field(None, description="Where the licence can be looked up (URL or document).")
    use: UseSettings = UseSettings()
    contact: str | None = Field(None, description="Who answers for it: a name or an address.", min_length=3)
    licences: tuple[Licence, ...] = Field(
        (),
        description="Licences that a single video may have where its place names one; empty: the source's. NOASSERTION "
        "takes those that name none.",
    )
    listing: ListingSettings = Field(ListingSettings(), description="Which of its files are taken.")
    fetch: FetchSettings = Field(FetchSettings(), description="How they are fetched.")
    hub: HubSettings | None = Field(None, description="Of kind hf: which state of which hub.")

    def model_post_init(self, context: Any) -> None:
        """Refuse a path of another kind than is said, and a remote source without terms."""
        check_path(self.kind, self.path)
        if is_s3(self.path):
            split_s3_uri(self.uri)
        if (self.kind == "hf") != (self.hub is not None):
            raise ValueError("hub: goes with kind: hf, which needs its revision")
        is_said = None not in allowed_use(self.licence, self.use).values()
        told = {"use": is_said, "evidence": self.evidence, "contact": self.contact}
        if self.kind in REMOTE and (missing := [name for name, value in told.items() if not value]):
            raise ValueError(
                f"{', '.join(missing)}: has to be said of a source of kind {self.kind} before it is fetched"
            )

    @property
    def uri(self) -> str:
        """The place, as the catalog names it."""
        if self.kind in ("hf", "rclone"):
            return f"{self.kind}:{self.path}"
        if self.kind in LISTS:
            return self.path if "://" in self.path else source_uri(self.path)
        return source_uri(self.path)

    @property
    def allowed_licences(self) -> tuple[str, ...]:
        """What a single video's licence may be, where its place names one."""
        return self.licences or (self.licence,)


class IngestSettings(Settings):
    """How sources are listed and probed."""

    algorithm: Literal["ingest-1"] = "ingest-1"


class SplitSettings(Settings):
    """How videos are cut into clips."""

    algorithm: Literal["split-2"] = "split-2"
    method: Literal["clipmill", "content", "adaptive", "transnetv2"] = Field(
        "clipmill", description="Shot detector: our own, one of scenedetect's, or TransNetV2 (GPU machines)."
    )
    min_clip_s: float = Field(5.0, gt=0, le=600, description="Shortest clip, in seconds; shorter shots are set aside.")
    max_clip_s: float = Field(60.0, gt=0, le=3600, description="Longest clip, in seconds; longer shots are divided.")

    def model_post_init(self, context: Any) -> None:
        """Refuse a range in which a long shot could not be divided."""
        if self.max_clip_s < 2 * self.min_clip_s:
            raise ValueError(f"max_clip_s must be at least twice min_clip_s, which is {self.min_clip_s}")


class DedupSettings(Settings):
    """How clips are compared; which are alike enough to be copies, the policy says."""

    algorithm: Literal["dedup-1"] = "dedup-1"
    floor: float = Field(
        0.75, ge=0.5, le=1, description="Pairs are recorded down to this similarity; no policy can ask for less."
    )


class TranscodeSettings(Settings):
    """The one encode of each survivor."""

    algorithm: Literal["transcode-1"] = "transcode-1"
    encoder: Literal["libx264", "h264_nvenc", "hevc_nvenc"] = Field("libx264", description="Video encoder.")
    quality: int = Field(
        18, ge=0, le=51, description="Constant quality: CRF for libx264, CQ for NVENC; lower is better."
    )
    preset: str = Field("medium", description="The encoder's own speed preset.", pattern=r"^[a-z0-9]+$")
    fps: float | None = Field(
        None, gt=0, le=240, description="Frames per second; empty keeps the source's, made constant."
    )
    max_short_side_px: int | None = Field(
        1080, ge=16, le=8192, description="Pictures with a longer short side are scaled down to it."
    )
    audio: Literal["drop", "copy", "aac"] = Field("drop", description="What becomes of the sound.")
    copy_streams: Literal["never", "when_exact"] = Field(
        "never", description="Whether packets may be copied where decoding the result gives exactly the clip's frames."
    )
    threads: int = Field(2, ge=1, le=64, description="Encoder threads; fixed, because bytes depend on it.")
    manifest: Literal["none", "es256", "es384", "ps256", "ed25519"] = Field(
        "none",
        description="Whether each clip gets a C2PA manifest that says from which video it was transcoded, and the "
        "algorithm of the key that signs it (docs/rights.md).",
    )

    @property
    def fingerprint(self) -> dict[str, Any]:
        """What an encoded clip depends on; as it was before there were manifests, where there is none."""
        return self.model_dump(mode="json", exclude={"manifest"} if self.manifest == "none" else None)


class PlanSettings(Settings):
    """How work is cut into batches; changes no output."""

    batch_video_s: float = Field(1800, gt=0, description="Seconds of video that a batch aims at.")
    min_batches: int = Field(
        4, ge=1, le=64, description="Batches that a run is cut into at least, where each gets a minute of video."
    )
    max_batches: int = Field(
        32, ge=1, le=64, description="Batches of a phase that a run takes; the next wave takes more."
    )
    reservation_s: float = Field(3600, ge=60, description="Seconds after which work that nobody renews is free again.")
    failure_share: float = Field(
        0.2, ge=0, le=1, description="A run fails when more of its batches fail; quarantined items do not count."
    )


class Recipe(Settings):
    """Everything that decides what a dataset holds."""

    model_config = ConfigDict(serialize_by_alias=True)

    name: Name = Field(description="How this recipe is called.")
    dataset: Name = Field(description="The dataset it makes.")
    output: str = Field(
        description="Where the dataset lies: an absolute path, a file:// URL or s3://bucket/prefix.", min_length=1
    )
    sources: tuple[SourceSettings, ...] = Field(description="Where videos come from.", min_length=1)
    policy: str = Field(
        "default",
        description="Thresholds: a shipped policy's name, or a policy file's path (from the recipe's folder).",
    )
    commercial: bool = Field(
        False,
        description="Whether the data is for commercial use: models whose licence forbids it are then refused, and "
        "clips of sources whose terms do not allow it are left out.",
    )
    rights: RightsSettings = RightsSettings()
    ingest: IngestSettings = IngestSettings()
    split: SplitSettings = SplitSettings()
    crop: CropSettings = CropSettings()
    filter: FilterSettings = FilterSettings()
    embed: EmbedSettings = EmbedSettings()
    dedup: DedupSettings = DedupSettings()
    # pydantic has a `validate` of its own.
    validation: ValidateSettings | None = Field(None, alias="validate", description="Empty: no model is asked.")
    caption: CaptionSettings | None = Field(
        CaptionSettings(), description="How clips are described in words; null for not at all."
    )
    transcode: TranscodeSettings = TranscodeSettings()
    shard: ShardSettings = ShardSettings()
    mix: MixSettings = MixSettings()
    plan: PlanSettings = PlanSettings()

    @field_validator("output")
    @classmethod
    def _is_a_place(cls, output: str) -> str:
        if not output.startswith(("/", "file://", "s3://")):
            raise ValueError("an absolute path, file:///absolute/folder or s3://bucket/prefix is wanted")
        return output

    @field_validator("embed")
    @classmethod
    def _is_allowed(cls, embed: EmbedSettings, info: ValidationInfo) -> EmbedSettings:
        if info.data.get("commercial") and embed.commercial_refusals:
            raise ValueError(f"commercial: true, and {'; '.join(embed.commercial_refusals)}")
        return embed

    @field_validator("validation")
    @classmethod
    def _may_be_asked(cls, validation: ValidateSettings | None, info: ValidationInfo) -> ValidateSettings | None:
        refusal = validation.model.commercial_refusal if validation else None
        if info.data.get("commercial") and refusal:
            raise ValueError(f"commercial: true, and {refusal}")
        return validation

    @field_validator("caption")
    @classmethod
    def _may_describe(cls, caption: CaptionSettings | None, info: ValidationInfo) -> CaptionSettings | None:
        refusal = caption.model.commercial_refusal if caption and caption.model else None
        if info.data.get("commercial") and refusal is not None:
            raise ValueError(f"commercial: true, and model: {refusal}")
        return caption

    @field_validator("shard")
    @classmethod
    def _has_words(cls, shard: ShardSettings, info: ValidationInfo) -> ShardSettings:
        vectors = shard.text_vectors
        if vectors is not None and info.data.get("caption", True) is None:
            raise ValueError("text_vectors: are made of captions, of which the recipe makes none")
        if vectors is not None and info.data.get("commercial") and vectors.commercial_refusal:
            raise ValueError(f"commercial: true, and text_vectors: {vectors.commercial_refusal}")
        return shard

    @field_validator("mix")
    @classmethod
    def _is_of_cells(cls, mix: MixSettings, info: ValidationInfo) -> MixSettings:
        if "shard" in info.data and (missing := sorted(mix.axes - set(info.data["shard"].axes))):
            raise ValueError(f"{', '.join(missing)}: not among shard.axes, so no cell has it")
        return mix

    @property
    def demands(self) -> RightsSettings:
        """What is asked of the terms of every source."""
        return self.rights.model_copy(update={"commercial": self.rights.commercial or self.commercial})

    @property
    def recipe_hash(self) -> str:
        """sha256 of the canonical JSON of all fields."""
        return content_hash(canonical_json(self.model_dump(mode="json")))


def load_recipe(path: Path) -> Recipe:
    """The recipe in a YAML file. Raises BadRecipe naming the field, its value and what is allowed."""
    try:
        body = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadRecipe(f"{path}: {error}") from error
    if not isinstance(body, dict):
        raise BadRecipe(f"{path}: a mapping of fields is wanted, this is {type(body).__name__}")
    policy = body.get("policy")
    if isinstance(policy, str) and policy.endswith((".yaml", ".yml")):
        body["policy"] = str((path.parent / policy).resolve())
    _place_lists(body, path.parent)
    _take_in_files(body, path.parent)
    return parse_recipe(body, str(path))


def _place_lists(body: dict[str, Any], folder: Path) -> None:
    """Puts whole paths in place of those of lists and manifests that lie beside the recipe."""
    sources = body.get("sources")
    for source in sources if isinstance(sources, list) else ():
        path = source.get("path") if isinstance(source, dict) and source.get("kind") in LISTS else None
        if isinstance(path, str) and "://" not in path:
            source["path"] = str((folder / path).resolve())


def _take_in_files(body: dict[str, Any], folder: Path) -> None:
    """Puts what lies in files in place of their names, since a pod has no such files: of examples, what tells them."""
    read: dict[tuple[str, str], Callable[[str], Sequence[Settings] | Settings]] = {
        ("zero_shot", "types"): lambda name: load_taxonomy(folder / name),
        ("domain", "examples"): lambda name: list_examples(name, folder),
        ("own_head", "file"): lambda name: take_in(name, folder, "embed.own_head.file"),
    }
    embed, validation = body.get("embed"), body.get("validate")
    if isinstance(validation, dict) and isinstance(validation.get("criteria"), str):
        found = load_criteria(validation["criteria"], folder)
        validation["criteria"] = [one.model_dump(mode="json") for one in found]
    for (scorer, field), entries in read.items():
        settings = embed.get(scorer) if isinstance(embed, dict) else None
        if isinstance(settings, dict) and isinstance(settings.get(field), str):
            settings[field] = _as_json(entries(settings[field]))
    caption = body.get("caption")
    prompt = caption.get("prompt_text") if isinstance(caption, dict) else None
    if isinstance(caption, dict) and isinstance(prompt, str) and prompt.endswith(".md"):
        caption["prompt_text"] = _read_prompt(folder / prompt)


def _as_json(found: Settings | Sequence[Settings]) -> Any:
    if isinstance(found, Settings):
        return found.model_dump(mode="json")
    return [one.model_dump(mode="json") for one in found]


def _read_prompt(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise BadRecipe(f"caption.prompt_text: {path}: {error}") from error


def parse_recipe(body: dict[str, Any], origin: str = "recipe") -> Recipe:
    """The recipe in a mapping. Raises BadRecipe naming the field, its value and what is allowed."""
    try:
        return Recipe.model_validate(body)
    except ValidationError as error:
        raise BadRecipe(explain_invalid(error, origin)) from error


def explain_invalid(
    error: ValidationError, origin: str, line_of: Callable[[Sequence[int | str]], int] | None = None
) -> str:
    """One line per wrong field: where, what was given, what is allowed; `line_of` tells lines of a file from fields."""
    wrong = [one for one in error.errors() if not _follows(one, error.errors())]
    lines = [f"line {line_of(one['loc'])}, " if line_of else "" for one in wrong]
    said = [f"  {line}{_explain(one, error.title)}" for line, one in zip(lines, wrong, strict=True)]
    return "\n".join([f"{origin}:", *said])


def _follows(one: ErrorDetails, others: list[ErrorDetails]) -> bool:
    """Whether it is wrong only because something within it is: a list lacks the entries that were refused."""
    place = one["loc"]
    return any(len(other["loc"]) > len(place) and other["loc"][: len(place)] == place for other in others)


def _explain(wrong: ErrorDetails, model_name: str) -> str:
    field = ".".join(str(part) for part in wrong["loc"]) or "(whole)"
    given = f", given {wrong['input']!r}"
    match wrong["type"]:
        case "value_error" if not wrong["loc"]:  # several fields that do not go together: it names them itself
            return wrong["msg"].removeprefix("Value error, ")
        case "extra_forbidden":
            return f"{field}: {_unknown_field(wrong, model_name)}"
        case "missing":
            return f"{field}: {wrong['msg']}"
        case "too_short":
            return f"{field}: at least {wrong['ctx']['min_length']} has to be given"
        case "tuple_type":
            return f"{field}: a list is wanted{given}"
        case "string_type" if isinstance(wrong["input"], (int, float)):
            return f"{field}: a word is wanted{given}: put it in quotes (YAML reads a bare 9_16 as the number 916)"
        case "model_type":
            return f"{field}: a mapping of fields is wanted{given}"
        case _:
            return f"{field}: {wrong['msg'].removeprefix('Value error, ')}{given}"


def _unknown_field(wrong: ErrorDetails, model_name: str) -> str:
    """What is said of a field that does not exist, with those that do."""
    *parents, name = (part for part in wrong["loc"] if isinstance(part, str))
    # The error gives its model's name only.
    model = next((one for one in Settings.__subclasses__() if one.__name__ == model_name), None)
    for parent in parents:
        model = _model_of(_fields(model)[parent].annotation) if model else None
    allowed = list(_fields(model)) if model else []
    close = "".join(f"; did you mean {one}?" for one in get_close_matches(name, allowed, n=1))
    return f"unknown field{close} (allowed: {', '.join(allowed)})" if allowed else "unknown field"


def _fields(model: type[Settings]) -> dict[str, FieldInfo]:
    """Its fields, as a recipe names them."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _model_of(annotation: object) -> type[Settings] | None:
    """The settings that a field holds, alone or a list of them."""
    kinds = (annotation, *get_args(annotation))
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Settings)), None)


def recipe_schema() -> dict[str, Any]:
    """JSON Schema of a recipe, from which the trigger form and the docs are made."""
    return Recipe.model_json_schema()
