"""The models that recipes may name, each at the one revision that this version of the project uses."""

from typing import Literal

Backbone = Literal["clip-vit-large-patch14", "siglip2-base-patch16-224", "siglip2-so400m-patch14-384"]
"""Networks that turn a picture, or words, into a vector."""
AestheticHead = Literal["aesthetic-sac-logos-ava1-l14"]

REVISIONS: dict[str, str] = {
    "clip-vit-large-patch14": "32bd64288804d66eefd0ccbe215aa642df71cc41",
    "siglip2-base-patch16-224": "75de2d55ec2d0b4efc50b3e9ad70dba96a7b2fa2",
    "siglip2-so400m-patch14-384": "e8e487298228002f3d8a82e0cd5c8ea9c567f57f",
    "aesthetic-sac-logos-ava1-l14": "1e77fa05081323d99725fc40a9bf9f88180490e7",
}
"""Commit of each model's repository; part of the keys of what it makes, so that another one makes everything anew."""

SIGNAL, SIGNAL_REVISION = "signal", "signal-2"
"""The embedding without weights, and its way of measuring."""
