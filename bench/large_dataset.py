"""A catalog with a million packed clips, made in the server: rows as the stages write them, without files."""

import os

from bench import judge
from bench.figure import CLIPS_VARIABLE
from tasks.core.catalog import Catalog
from tasks.core.catalog.work import Run
from tasks.core.model import dataset_id
from tests.fixtures.made_catalog import started
from tests.fixtures.made_dataset import record_terms

CLIPS = int(os.environ.get(CLIPS_VARIABLE, "1000000"))
CLIPS_PER_VIDEO, CLIPS_PER_SHARD = 100, 100
CELLS = tuple(
    f"content_type_camera/resolution_{resolution}/aspect_ratio_16_9/length_{length}"
    for resolution in (1080, 720, 480)
    for length in ("005_010", "010_030")
)


def add_packed(catalog: Catalog, run: Run, clips: int) -> None:
    """Clips with twelve scores, all kept, encoded, placed, and packed a hundred to a full tar."""
    judge.CLIPS = clips
    judge.add_rows(catalog, run)
    record_terms(catalog, run)
    by = {stage: started(catalog, run, stage).stage_run_id for stage in ("crop", "transcode", "shard")}
    dataset = dataset_id(run.recipe.output, run.recipe.dataset)
    cells = ", ".join(f"'{cell}'" for cell in CELLS)
    with catalog.begin() as connection:
        connection.script(f"""
            insert into catalog.crop_box (stage_key, clip_id, x_px, y_px, width_px, height_px, confidence, stage_run_id)
            select '{run.key("crop")}', clip_id, 0, 0, 1280, 720, 1, '{by["crop"]}' from catalog.clip;
            insert into catalog.verdict (policy_hash, basis, clip_id, outcome, failed_rules, unmeasured_rules, run_id)
            select '{run.policy_hash}', '{run.basis}', clip_id, 'keep', '{{}}', '{{}}', '{run.run_id}'
            from catalog.clip;
            insert into catalog.rendition
                (stage_key, clip_id, object_key, sha256, size_bytes, width_px, height_px, frame_count, frame_rate_num,
                 frame_rate_den, duration_s, codec, pixel_format, audio_codec, is_copy, stage_run_id)
            select '{run.key("transcode")}', clip_id, 'renditions/' || clip_id || '.mp4',
                   encode(sha256(clip_id::text::bytea), 'hex'), 5000000, 1280, 720, 250, 25, 1, 10, 'h264', 'yuv420p',
                   null, false, '{by["transcode"]}'
            from catalog.clip;
            create temp table lying on commit drop as
            select clip_id, row_number() over (order by clip_id) - 1 as place from catalog.clip;
            create temp table tar on commit drop as
            select place / {CLIPS_PER_SHARD} as number, gen_random_uuid() as shard_id,
                   (array[{cells}])[1 + place / {CLIPS_PER_SHARD} % {len(CELLS)}] as cell
            from lying where place % {CLIPS_PER_SHARD} = 0;
            insert into catalog.placement (stage_key, clip_id, cell, stage_run_id)
            select '{run.key("place")}', l.clip_id, t.cell, '{by["shard"]}'
            from lying l join tar t on t.number = l.place / {CLIPS_PER_SHARD};
            insert into catalog.shard
                (shard_id, dataset_id, cell, object_key, sha256, size_bytes, is_full, stage_run_id)
            select shard_id, '{dataset}', cell,
                   'shards/' || cell || '/made-' || left(md5(shard_id::text), 16) || '.tar',
                   encode(sha256(shard_id::text::bytea), 'hex'), 500000000, true, '{by["shard"]}'
            from tar;
            insert into catalog.shard_member (shard_id, ordinal, clip_id, rendition_key, offset_bytes, size_bytes)
            select t.shard_id, l.place % {CLIPS_PER_SHARD}, l.clip_id, '{run.key("transcode")}',
                   512 + l.place % {CLIPS_PER_SHARD} * 5001024, 5000000
            from lying l join tar t on t.number = l.place / {CLIPS_PER_SHARD};
        """)
    with catalog.begin() as connection:
        connection.script("analyze")
