"""`python -m tasks.caption --run RUN --batch BATCH`."""

import sys

from tasks.caption.stage import STAGE
from tasks.core.runner import run_stage

if __name__ == "__main__":
    sys.exit(run_stage(STAGE))
