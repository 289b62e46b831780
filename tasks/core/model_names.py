"""The models that recipes may name, each at the one revision that this version of the project uses, and its licence."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

PictureBackbone = Literal["clip-vit-large-patch14", "siglip2-base-patch16-224", "siglip2-so400m-patch14-384"]
"""Networks that turn a picture, or words, into a vector."""
VideoBackbone = Literal["vjepa2-vitl-fpc64-256", "cosmos-embed1-224p"]
"""Networks that turn all pictures of a clip into one vector."""
Backbone = Literal[PictureBackbone, VideoBackbone]
TextBackbone = Literal[PictureBackbone, "cosmos-embed1-224p"]
"""Those that turn words into vectors too."""
AestheticHead = Literal["aesthetic-sac-logos-ava1-l14"]
QualityMetric = Literal["musiq-koniq", "topiq-nr-koniq"]
"""Networks that say how good a picture looks."""
TextEncoderName = Literal["t5-11b"]
"""Networks whose sight of a text video models are trained on."""

REVISIONS: dict[str, str] = {
    "clip-vit-large-patch14": "32bd64288804d66eefd0ccbe215aa642df71cc41",
    "siglip2-base-patch16-224": "75de2d55ec2d0b4efc50b3e9ad70dba96a7b2fa2",
    "siglip2-so400m-patch14-384": "e8e487298228002f3d8a82e0cd5c8ea9c567f57f",
    "vjepa2-vitl-fpc64-256": "b3c1679b7c34d3255ef3547f27c7b226aefab26f",
    "cosmos-embed1-224p": "787e0b996f5260a71ad474a283c90539a2e12986",
    "aesthetic-sac-logos-ava1-l14": "1e77fa05081323d99725fc40a9bf9f88180490e7",
    "musiq-koniq": "0df2df423c65f6a64209309695f3845727431027",
    "topiq-nr-koniq": "fad4d56d92d1f0c4f954a3261f8092aa80783eea",
    "t5-11b": "90f37703b3334dfe9d2b009bfcbfbf1ac9d28ea3",
}
"""Commit of each model's repository; part of the keys of what it makes, so that another one makes everything anew."""

SIGNAL, SIGNAL_REVISION = "signal", "signal-2"
"""The embedding without weights, and its way of measuring."""


@dataclass(frozen=True, slots=True)
class Licence:
    """The terms of a model's weights and of the code that only they need."""

    name: str
    """SPDX identifier, or LicenseRef-<name>."""
    commercial: bool
    """Whether they allow commercial use."""


# The card of the weights' repository says the one, pyiqa's own LICENSE the other.
_PYIQA = Licence("CC-BY-NC-SA-4.0 AND PolyForm-Noncommercial-1.0.0", commercial=False)

LICENCES: dict[str, Licence] = {
    "clip-vit-large-patch14": Licence("MIT", commercial=True),
    "siglip2-base-patch16-224": Licence("Apache-2.0", commercial=True),
    "siglip2-so400m-patch14-384": Licence("Apache-2.0", commercial=True),
    "vjepa2-vitl-fpc64-256": Licence("MIT", commercial=True),
    "cosmos-embed1-224p": Licence("LicenseRef-NVIDIA-Open-Model", commercial=True),
    "aesthetic-sac-logos-ava1-l14": Licence("Apache-2.0", commercial=True),
    "musiq-koniq": _PYIQA,
    "topiq-nr-koniq": _PYIQA,
    "t5-11b": Licence("Apache-2.0", commercial=True),
}


def commercial_refusal(name: str, choices: Iterable[str]) -> str | None:
    """Why a commercial recipe may not name this model, with those of the choices that it may; None where it may."""
    licence = LICENCES.get(name)
    if licence is None or licence.commercial:
        return None
    allowed = [one for one in choices if one not in LICENCES or LICENCES[one].commercial]
    instead = f"there may be used {', '.join(allowed)}" if allowed else "no model for this allows it, so leave it out"
    return f"{name} is under {licence.name}, which forbids commercial use; {instead}"
