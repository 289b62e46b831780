"""Settings of the stage `validate`; the descriptions become the trigger form and the docs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, TypeAdapter

from tasks.core.entries import read_entries
from tasks.core.errors import BadRecipe
from tasks.core.settings import Settings
from tasks.core.settings_language import VisionLanguageSettings
from tasks.core.taxonomy import GROUPS, ContentType, check_types, shipped_types

SHIPPED = Path(__file__).parent / "criteria"
RESERVED = {"score", "content_type"}
"""Names of the scores that are not a criterion's own."""


def _word(value: object) -> object:
    """YAML reads a bare yes or no as true or false."""
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


class Criterion(Settings):
    """One question of yes or no."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")
    question: str = Field(min_length=8, max_length=400)
    reject_if: Annotated[Literal["yes", "no"], BeforeValidator(_word)]
    weight: float = Field(1.0, gt=0, le=100, description="Its share in `validate_score`.")


class ContentTypeCheck(Settings):
    """Which kinds of content there may be; the model says which it sees."""

    types: tuple[ContentType, ...] = Field(default_factory=shipped_types, description="What there is to tell apart.")
    allow: tuple[str, ...] = Field((), description="Types or groups that may be; empty: all that are not blocked.")
    block: tuple[str, ...] = Field((), description="Types or groups that may not be.")

    def model_post_init(self, context: Any) -> None:
        """Refuse lists that name what there is not, or that allow everything."""
        check_types(self.types)
        known = {one.name for one in self.types} | set(GROUPS)
        if strange := sorted({*self.allow, *self.block} - known):
            raise ValueError(f"no such type or group: {', '.join(strange)}; there are {', '.join(sorted(known))}")
        if not self.allow and not self.block:
            raise ValueError("allow or block has to name a type or group")

    def allows(self, name: str) -> bool:
        """Whether a type may be."""
        group = next(one.group for one in self.types if one.name == name)
        allowed = not self.allow or name in self.allow or group in self.allow
        return allowed and name not in self.block and group not in self.block


_CRITERIA = TypeAdapter(tuple[Criterion, ...])


def shipped_criteria() -> list[str]:
    """Names of the sets that come with clipmill."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def load_criteria(named: str, folder: Path | None = None) -> tuple[Criterion, ...]:
    """The shipped set of that name, or the one in a file beside the recipe. Raises BadRecipe saying what is wrong."""
    is_file = named.endswith((".yaml", ".yml"))
    path = (folder or Path()) / named if is_file else SHIPPED / f"{named}.yaml"
    if not is_file and not path.exists():
        raise BadRecipe(f"no such criteria {named!r}; there are {', '.join(shipped_criteria())}, or a file")
    return read_entries(path, _CRITERIA, check_criteria)


def check_criteria(criteria: Sequence[Criterion]) -> None:
    """Raises ValueError unless each has a name of its own."""
    names = [one.name for one in criteria]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"each criterion has another name; twice: {', '.join(twice)}")
    if taken := sorted(RESERVED & {*names}):
        raise ValueError(f"a criterion cannot be called {' or '.join(taken)}")


def _criteria(value: object) -> object:
    """A shipped set by its name."""
    try:
        return load_criteria(value) if isinstance(value, str) else value
    except BadRecipe as error:
        raise ValueError(error.detail) from error


class ValidateSettings(Settings):
    """Asks a vision-language model about the clips that all cheaper scores keep, of copies the best."""

    algorithm: Literal["validate-1"] = "validate-1"
    model: VisionLanguageSettings = Field(description="Who answers.")
    criteria: Annotated[tuple[Criterion, ...], BeforeValidator(_criteria)] = Field(
        default_factory=lambda: load_criteria("default"), min_length=1, max_length=24,
        description="Questions: a shipped set's name; a recipe file may name a YAML file here.",
    )  # fmt: skip
    content_type: ContentTypeCheck | None = Field(None, description="Empty: not asked.")
    frames: int = Field(6, ge=1, le=32, description="Pictures of a clip that are shown, spread evenly over it.")
    reason_words: int = Field(15, ge=3, le=60, description="How long a reason may be.")
    attempts: int = Field(
        2, ge=1, le=5, description="Times that a clip is asked about, where the answer cannot be read."
    )

    def model_post_init(self, context: Any) -> None:
        """Refuse criteria that cannot be told apart."""
        check_criteria(self.criteria)

    @property
    def scores(self) -> tuple[str, ...]:
        """Names of the scores that come of it."""
        asked = [one.name for one in self.criteria] + (["content_type"] if self.content_type else [])
        return (*(f"validate_{name}" for name in asked), "validate_score")

    def fingerprint(self) -> dict[str, Any]:
        """What answers depend on."""
        return {**self.model_dump(mode="json"), "model": self.model.fingerprint()}
