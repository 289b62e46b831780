"""The one list of stages: what each does, what it needs, how long it may take.

No Airflow in here, so that anything may read the list.
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class StageSpec:
    """One stage: its name is its module `tasks.<name>`, its image, and its task in the DAGs."""

    name: str
    phase: str | None
    """The plan phase whose batches it works on, one process each; None for once a run."""
    doc: str
    """Markdown; the task's page in the Airflow UI."""
    needs: str = "CPU"
    pool: str = "cpu"
    """Airflow pool whose slots bound how many run at once; pools.json holds their sizes."""
    timeout: timedelta = timedelta(hours=6)
    """Longest try. A stage commits as it goes, so the next try goes on where this one was cut off."""
    retries: int = 80
    """As many as `give_up_after` has room for: time is the bound, and a stage that a bad file kills needs eleven."""
    give_up_after: timedelta = timedelta(hours=12)
    """No new try once this much time has gone by since the first failure, however many are left."""


STAGES = (
    StageSpec(
        "plan",
        phase=None,
        pool="default_pool",
        timeout=timedelta(minutes=30),
        doc="""
Registers the run, judges what has been measured, reserves what is still to do and cuts it into batches that end
together. `close` gives back what is still reserved and says how the run went.

**When it fails:** a refused recipe names the field, the value and what is allowed; nothing has been done yet.
""",
    ),
    StageSpec(
        "ingest",
        phase="ingest",
        needs="CPU, network",
        pool="io",
        doc="""
Lists a source, hashes and probes its files, and writes a `video` row for every file it finds, whatever the file is.
Files that already lie in a folder or store are referred to; others are fetched once, into the dataset's store.

**When it fails:** the source cannot be reached, or says no licence. A file that cannot be read is a row, not a failure.
""",
    ),
    StageSpec(
        "split",
        phase="videos",
        doc="""
Finds shot boundaries and cuts each video into spans: clips of 5 to 60 s, and what lies between them with its reason.
Writes rows only; no pixel is encoded.
""",
    ),
    StageSpec(
        "crop",
        phase="videos",
        doc="Finds letterbox, pillarbox and windowbox per clip and records the box that holds the picture.",
    ),
    StageSpec(
        "filter",
        phase="videos",
        doc="""
Measures each clip once: resolution, duration, motion, sharpness, exposure, freeze. The policy judges later, in the
catalog, so a new threshold needs no new measurement.
""",
    ),
    StageSpec(
        "embed",
        phase="clips",
        needs="CPU; a GPU where the recipe names models",
        pool="gpu",
        doc="""
Makes the vector by which clips are compared, and reads what networks score (aesthetics, content type) off the same
pictures, of the clips that the policy keeps by the scores so far.

**When it fails:** a model that the model store lacks; the last log line has the command that fetches it.
""",
    ),
    StageSpec(
        "dedup",
        phase=None,
        pool="dedup",
        doc="""
Compares every new vector with all that the dataset's index holds and records the pairs that are alike. Which of them
count as copies, and which copy is kept, `plan` settles by the policy. One at a time over all runs: it writes one index.
""",
    ),
    StageSpec(
        "validate",
        phase="candidates",
        needs="a served vision-language model, or a GPU; CPU for the smallest",
        pool="vlm",
        doc="""
Asks a vision-language model about each clip that the policy keeps so far, of copies the best: the questions of the
recipe's criteria, in one short answer. Nothing to do where the recipe has no `validate`.

**When it fails:** exit 75 says that the model's server does not answer; what it had answered is kept, and the next try
goes on from there. A model that the model store lacks: the last log line has the command that fetches it.
""",
    ),
    StageSpec(
        "caption",
        phase="survivors",
        needs="CPU; a GPU or a served model where the recipe names one",
        pool="vlm",
        timeout=timedelta(hours=12),
        doc="""
Says in words what each survivor shows, in windows of 5 s and three lengths: by a vision-language model, or, where the
recipe names none, by what was measured. A window without a usable answer says why, and its clip goes on.

**When it fails:** a model that the model store lacks, or a server that cannot be reached; what was answered is kept.
""",
    ),
    StageSpec(
        "transcode",
        phase="survivors",
        timeout=timedelta(hours=12),
        doc="Encodes the clips that the policy keeps, once: crop, rotation, scale, frame rate and codec in one pass.",
    ),
    StageSpec(
        "shard",
        phase=None,
        pool="shard",
        doc="""
Packs encoded clips into tars by resolution, aspect ratio and length. A full tar is final; the last open tar of a cell
is written anew with each version. One at a time over all runs.
""",
    ),
    StageSpec(
        "publish",
        phase=None,
        pool="default_pool",
        timeout=timedelta(hours=1),
        doc="""
Makes a new dataset version in one atomic step on its parent; a reader sees the old version or the new one. Publishes
nothing where nothing changed, and says so.
""",
    ),
    StageSpec(
        "report",
        phase=None,
        pool="default_pool",
        timeout=timedelta(hours=1),
        doc="Writes the HTML report: the funnel in clips and hours, every reason, every failure and what to do.",
    ),
)

BY_NAME = {spec.name: spec for spec in STAGES}
