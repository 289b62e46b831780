"""
# curate: from videos in the catalog to a published dataset

Takes the next batches of videos that a recipe has not finished, cuts them into clips, measures them, embeds those
that the policy keeps, asks a model about the best of all copies where the recipe says so, describes and encodes those
that are still kept, packs them into shards, and publishes a new version of the dataset when nothing is left.

Started by `ingest`, from the form (**Trigger**), or by itself: a run takes one *wave* of batches, so that the
scheduler stays quick, and starts the next run while anything is pending. Only the last wave publishes and reports.

**Safe to run again, always.** A stage's work is what the catalog lacks; a second run does what the first left undone
and nothing twice.

| when | then |
|---|---|
| a file cannot be read | it is a row with its reason in the report; its batch goes on, the run stays green |
| a batch fails | its other stages are left out, the other batches and all later steps go on |
| more batches fail than the recipe's `plan.failure_share` | `close` says so, the run ends red |
| `plan_videos` refuses | nothing else runs; its last log line says which field of the recipe is wrong |
| the store or the catalog is away | the task tries again, after 30 s at first and 10 min at last |
| *Ask before publishing* is on | `approve` waits for an answer under **Required Actions**; a no publishes nothing |
| *Dry run* is on | the log of each `plan` says what would be done; nothing is |
| there is nothing to do | the batches are skipped, nothing is published, the run is green |

Clearing a failed task is enough to try it again. Stopping one stops its process and all its children.
"""

from airflow.sdk import DAG, TriggerRule, task_group

from clipmill_dags.catalog import batches, whether_another_wave
from clipmill_dags.flow import approval, ended, next_wave_id, outcome, start_curate
from clipmill_dags.forms import CURATE, run_form
from clipmill_dags.notify import on_run_failed
from clipmill_dags.runtime import DEFAULT_ARGS, PARAMS, stage

with DAG(
    dag_id="curate",
    description="From videos in the catalog to a published dataset",
    schedule=None,
    # 32 batches of 3 + 1 + 2 stages are about 200 tasks; the scheduler is quick to some 300 in all running runs.
    max_active_runs=2,
    is_paused_upon_creation=False,
    default_args=DEFAULT_ARGS,
    params=run_form(CURATE),
    on_failure_callback=on_run_failed,
    user_defined_macros={"next_wave_id": next_wave_id},
    tags=["clipmill"],
    doc_md=__doc__,
):

    @task_group(tooltip="Per batch of videos: cut into clips, find the picture, measure")
    def videos(batch):
        stage("split", batch=batch) >> stage("crop", batch=batch) >> stage("filter", batch=batch)

    @task_group(tooltip="Per batch of clips that the policy keeps so far: vectors and model scores")
    def clips(batch):
        stage("embed", batch=batch)

    @task_group(
        tooltip="Per batch of clips that the policy keeps so far, of copies the best: what a model says of them"
    )
    def candidates(batch):
        stage("validate", batch=batch)

    @task_group(tooltip="Per batch of clips that the policy keeps, of copies the best: describe, encode")
    def survivors(batch):
        stage("caption", batch=batch) >> stage("transcode", batch=batch)

    plan_videos = stage("plan", "--phase", "videos", "--params", PARAMS, task_id="plan_videos")
    video_batches = batches("videos", task_id="video_batches")
    measured = videos.expand_kwargs(video_batches.output)
    measured_ended = ended("videos")

    plan_clips = stage("plan", "--phase", "clips", task_id="plan_clips")
    clip_batches = batches("clips", task_id="clip_batches")
    embedded = clips.expand_kwargs(clip_batches.output)
    embedded_ended = ended("clips")

    dedup = stage("dedup")
    plan_candidates = stage("plan", "--phase", "candidates", task_id="plan_candidates")
    candidate_batches = batches("candidates", task_id="candidate_batches")
    validated = candidates.expand_kwargs(candidate_batches.output)
    validated_ended = ended("candidates")

    plan_survivors = stage("plan", "--phase", "survivors", task_id="plan_survivors")
    survivor_batches = batches("survivors", task_id="survivor_batches")
    encoded = survivors.expand_kwargs(survivor_batches.output)
    encoded_ended = ended("survivors")

    shard = stage("shard")
    another_wave = whether_another_wave(yes="next_wave", no="approve")
    next_wave = start_curate("next_wave", run_id="{{ next_wave_id(run_id) }}")
    approve = approval("approve")
    publish = stage("publish")
    # Tells of a failed publish too, but not of one that was left to a later wave.
    report = stage("report", trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS)
    wave_ended = ended("wave")
    close = stage("plan", "--phase", "close", task_id="close")

    plan_videos >> video_batches >> measured >> measured_ended
    [video_batches, measured_ended] >> plan_clips
    plan_clips >> clip_batches >> embedded >> embedded_ended
    [clip_batches, embedded_ended] >> dedup >> plan_candidates
    plan_candidates >> candidate_batches >> validated >> validated_ended
    [candidate_batches, validated_ended] >> plan_survivors
    plan_survivors >> survivor_batches >> encoded >> encoded_ended
    [survivor_batches, encoded_ended] >> shard
    shard >> another_wave >> [next_wave, approve]
    approve >> publish
    [another_wave, publish] >> report
    [next_wave, report] >> wave_ended
    [plan_videos, wave_ended] >> close
    [next_wave, publish, report, close] >> outcome()
