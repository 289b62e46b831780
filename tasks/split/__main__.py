"""`python -m tasks.split --run RUN --batch BATCH`."""

import sys

from tasks.core.runner import run_stage
from tasks.split.stage import STAGE

if __name__ == "__main__":
    sys.exit(run_stage(STAGE))
