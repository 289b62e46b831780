"""The same numbers on every machine: which kernels numpy's matrix products use is not left to the processor."""

import os
import subprocess
import sys

SHARED = """
import tasks
import numpy as np
rows = np.random.default_rng(1).standard_normal((500, 300)).astype(np.float32)
print((rows.T @ rows).tobytes().hex()[:4000], np.linalg.lstsq(rows[:, :6], rows[:, 6], rcond=None)[0].tobytes().hex())
"""


def product(**environment: str) -> str:
    """What a stage's process computes."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS")}
    command = [sys.executable, "-c", SHARED]
    return subprocess.run(command, env=own | environment, capture_output=True, text=True, check=True).stdout


def test_a_product_is_the_same_whatever_the_machine_asks_for() -> None:
    assert product() == product(OPENBLAS_CORETYPE="Nehalem", OPENBLAS_NUM_THREADS="2")
