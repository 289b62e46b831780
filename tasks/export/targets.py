"""All exporters by name."""

from typing import Any

from tasks.core.errors import StageRefused
from tasks.export import (
    cosmos2_local,
    cosmos25_local,
    cosmos25_webdataset,
    cosmos_framework,
    diffsynth,
    energon,
    finetrainers,
    hugging_face,
    mds,
    musubi,
)
from tasks.export.target import Target

_ALL: tuple[Target[Any], ...] = (
    cosmos25_webdataset.TARGET,
    hugging_face.TARGET,
    energon.TARGET,
    cosmos2_local.TARGET,
    cosmos25_local.TARGET,
    cosmos_framework.TARGET,
    finetrainers.TARGET,
    musubi.TARGET,
    diffsynth.TARGET,
    mds.TARGET,
)
TARGETS: dict[str, Target[Any]] = {target.name: target for target in _ALL}


def target_named(name: str) -> Target[Any]:
    """The exporter of that name. Raises StageRefused naming those that there are."""
    if name not in TARGETS:
        raise StageRefused(f"there is no format {name!r}; there are {', '.join(TARGETS)}")
    return TARGETS[name]
