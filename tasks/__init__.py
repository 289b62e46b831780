"""The code in the images: one package per stage on one small core."""

import os
from pathlib import Path


def _same_arithmetic_everywhere() -> None:
    """Has numpy's matrix products sum in one order, whatever the processor; read when numpy is first imported.

    One thread, since a batch runs as many processes as there are cores; and of the kernels those that every x86-64
    processor of the last ten years has, or a pod and a laptop would measure the same clip differently in a last digit.
    """
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    processor = Path("/proc/cpuinfo")
    if processor.exists() and " avx2 " in processor.read_text():
        os.environ["OPENBLAS_CORETYPE"] = "Haswell"


_same_arithmetic_everywhere()
