"""`python -m tasks.validate --run RUN --batch BATCH`."""

import sys

from tasks.core.runner import run_stage
from tasks.validate.stage import STAGE

if __name__ == "__main__":
    sys.exit(run_stage(STAGE))
