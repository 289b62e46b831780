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
VisionLanguage = Literal[
    "smolvlm2-256m",
    "smolvlm2-500m",
    "smolvlm2-2.2b",
    "qwen2.5-vl-3b",
    "qwen2.5-vl-7b",
    "qwen3-vl-2b",
    "qwen3-vl-4b",
    "qwen3-vl-8b",
]
"""Networks that answer questions about pictures."""
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
    "smolvlm2-256m": "067788b187b95ebe7b2e040b3e4299e342e5b8fd",
    "smolvlm2-500m": "7b375e1b73b11138ff12fe22c8f2822d8fe03467",
    "smolvlm2-2.2b": "482adb537c021c86670beed01cd58990d01e72e4",
    "qwen2.5-vl-3b": "66285546d2b821cf421d4f5eb2576359d3770cd3",
    "qwen2.5-vl-7b": "cc594898137f460bfe9f0759e9844b3ce807cfb5",
    "qwen3-vl-2b": "89644892e4d85e24eaac8bacfd4f463576704203",
    "qwen3-vl-4b": "ebb281ec70b05090aa6165b016eac8ec08e71b17",
    "qwen3-vl-8b": "0c351dd01ed87e9c1b53cbc748cba10e6187ff3b",
    "t5-11b": "90f37703b3334dfe9d2b009bfcbfbf1ac9d28ea3",
}
"""Commit of each model's repository; part of the keys of what it makes, so that another one makes everything anew."""

LANGUAGE_HUB_IDS: dict[str, str] = {
    "smolvlm2-256m": "HuggingFaceTB/SmolVLM2-256M-Video-Instruct",
    "smolvlm2-500m": "HuggingFaceTB/SmolVLM2-500M-Video-Instruct",
    "smolvlm2-2.2b": "HuggingFaceTB/SmolVLM2-2.2B-Instruct",
    "qwen2.5-vl-3b": "Qwen/Qwen2.5-VL-3B-Instruct",
    "qwen2.5-vl-7b": "Qwen/Qwen2.5-VL-7B-Instruct",
    "qwen3-vl-2b": "Qwen/Qwen3-VL-2B-Instruct",
    "qwen3-vl-4b": "Qwen/Qwen3-VL-4B-Instruct",
    "qwen3-vl-8b": "Qwen/Qwen3-VL-8B-Instruct",
}
"""By which servers call those that answer questions."""

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
    **dict.fromkeys(LANGUAGE_HUB_IDS, Licence("Apache-2.0", commercial=True)),
    # The LICENSE in its repository; the card of the 7B says Apache-2.0.
    "qwen2.5-vl-3b": Licence("LicenseRef-Qwen-Research", commercial=False),
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


def language_model_named(name: str) -> str | None:
    """The vision-language model that a name, or the hub's name of it, stands for; None for one that is not known."""
    hub_ids = {hub_id.lower(): own for own, hub_id in LANGUAGE_HUB_IDS.items()}
    return name if name in LANGUAGE_HUB_IDS else hub_ids.get(name.lower())
