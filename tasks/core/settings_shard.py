"""Settings of the stage `shard`: the cells that clips are sorted into, and how large a tar is."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from tasks.core.model_names import REVISIONS, TextEncoderName, commercial_refusal
from tasks.core.settings import Settings

Axis = Literal["content_type", "resolution", "aspect_ratio", "length"]
AXES: tuple[Axis, ...] = ("content_type", "resolution", "aspect_ratio", "length")
BinName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{0,30}$")]


class Bin(Settings):
    """One bin of an axis: from a value, which is in it, to another, which is not."""

    name: BinName
    at_least: float = Field(0, ge=0)
    below: float | None = Field(None, gt=0, description="Empty: without end.")


class RatioBin(Settings):
    """One bin of aspect ratios: all up to this width by height that no bin before it has."""

    name: BinName
    up_to: float | None = Field(None, gt=0, description="Empty: without end.")


RESOLUTIONS = (
    Bin(name="1080", at_least=1080),
    Bin(name="720", at_least=720, below=1080),
    Bin(name="480", at_least=480, below=720),
    Bin(name="256", at_least=256, below=480),
    Bin(name="below_256", below=256),
)
RATIOS = (
    RatioBin(name="9_16", up_to=0.65),
    RatioBin(name="3_4", up_to=0.88),
    RatioBin(name="1_1", up_to=1.16),
    RatioBin(name="4_3", up_to=1.55),
    RatioBin(name="16_9"),
)
LENGTHS = (
    Bin(name="000_005", below=5),
    Bin(name="005_010", at_least=5, below=10),
    Bin(name="010_030", at_least=10, below=30),
    Bin(name="030_inf", at_least=30),
)


class TextVectorSettings(Settings):
    """How captions lie beside their clips as vectors, which some trainers want."""

    algorithm: Literal["text-1"] = "text-1"
    encoder: TextEncoderName = Field("t5-11b", description="What makes them, of the model store.")
    caption: Literal["short", "medium", "long"] = Field("long", description="Of which of a window's captions.")

    @property
    def fingerprint(self) -> dict[str, Any]:
        """What the vectors depend on, beside the captions."""
        return {**self.model_dump(mode="json"), "revision": REVISIONS[self.encoder]}

    @property
    def described(self) -> dict[str, str]:
        """As clips say it of themselves."""
        return told_of(self.fingerprint)

    @property
    def commercial_refusal(self) -> str | None:
        """Why a commercial recipe may not have them; None where it may."""
        return commercial_refusal(self.encoder, ())


def told_of(fingerprint: Mapping[str, Any]) -> dict[str, str]:
    """Of what vectors depend on, what clips say."""
    return {name: fingerprint[name] for name in ("encoder", "revision", "caption")}


class ShardSettings(Settings):
    """How kept clips are packed: into tars of one cell each, a cell being one bin of every axis."""

    algorithm: Literal["shard-1"] = "shard-1"
    target_bytes: int = Field(500_000_000, ge=100_000, description="Size in bytes at which a tar is closed.")
    axes: tuple[Axis, ...] = Field(
        AXES, min_length=1, description="What makes a cell, in the order in which keys have it."
    )
    resolutions: tuple[Bin, ...] = Field(
        RESOLUTIONS, min_length=1, description="Bins of the shorter side, in pixels; a clip in none is left out."
    )
    aspect_ratios: tuple[RatioBin, ...] = Field(
        RATIOS, min_length=1, description="Bins of width by height, smallest first; a clip in none is left out."
    )
    lengths: tuple[Bin, ...] = Field(
        LENGTHS, min_length=1, description="Bins of the length, in seconds; a clip in none is left out."
    )
    most_dead: float = Field(
        0.2, ge=0, le=1,
        description="A full tar is written anew when clips that fell out are more than this share of its bytes.",
    )  # fmt: skip

    text_vectors: TextVectorSettings | None = Field(
        None, description="Also the captions as vectors (`<clip>.t5.npy`); empty for none."
    )

    def model_post_init(self, context: object) -> None:
        """Refuse axes, or bins of one axis, that have the same name."""
        for what, names in (
            ("axes", self.axes),
            ("resolutions", [one.name for one in self.resolutions]),
            ("aspect_ratios", [one.name for one in self.aspect_ratios]),
            ("lengths", [one.name for one in self.lengths]),
        ):
            if twice := _twice(names):
                raise ValueError(f"{what}: twice: {', '.join(twice)}")

    @property
    def placing(self) -> dict[str, object]:
        """The settings that decide in which cell a clip lies."""
        bins = {"resolution": "resolutions", "aspect_ratio": "aspect_ratios", "length": "lengths"}
        used = {bins[axis] for axis in self.axes if axis in bins}
        return self.model_dump(mode="json", include={"axes", *used})


def _twice(names: Sequence[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def bins_of(cell: str, axes: Sequence[Axis]) -> dict[Axis, str]:
    """The name of the cell's bin on each axis; the cell as keys have it."""
    return {axis: part.removeprefix(f"{axis}_") for axis, part in zip(axes, cell.split("/"), strict=True)}
