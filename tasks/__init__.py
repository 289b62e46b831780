"""The code in the images: one package per stage on one small core."""

import os

# A batch runs as many processes as there are cores. Read when numpy is first imported.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
