"""Whether pictures are decoded on a GPU."""

import os

VARIABLE = "CLIPMILL_NVDEC"


def is_asked() -> bool:
    """Whether the environment says so: CLIPMILL_NVDEC=1, for a stage that has a GPU."""
    return os.environ.get(VARIABLE) == "1"
