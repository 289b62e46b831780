"""`python -m tasks.embed --run RUN --batch BATCH`."""

import sys

from tasks.core.runner import run_stage
from tasks.embed.stage import STAGE

if __name__ == "__main__":
    sys.exit(run_stage(STAGE))
