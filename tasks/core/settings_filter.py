"""Settings of the stages `crop` and `filter`; the descriptions become the trigger form and the docs."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CropSettings(_Settings):
    """How the box of the picture is found."""

    algorithm: Literal["crop-1"] = "crop-1"
    frames: int = Field(14, ge=4, le=64, description="Frames looked at, spread evenly over the clip.")
    min_bar_share: float = Field(
        0.015,
        ge=0.002,
        le=0.2,
        description="Thinnest bar that is cropped, as a share of the side it lies along; thinner dark edges, such as "
        "the 8 blank columns of analogue video, stay.",
    )
