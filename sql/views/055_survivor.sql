-- What a dataset is made of: the clips that a run's policy keeps, encoded, with all that is said of them.

create or replace view catalog.run_video_terms as
select distinct on (rs.run_id, l.video_id) rs.run_id, l.video_id, s.name as source, t.licence
from catalog.run_source rs
join catalog.location_current l on l.source_id = rs.source_id
join catalog.source s on s.source_id = rs.source_id
left join catalog.source_terms_current t on t.source_id = rs.source_id
order by rs.run_id, l.video_id, s.name, t.licence;
comment on view catalog.run_video_terms is
    'source and licence of each video; of several the first by name, so that it does not hang on what was seen first';

create or replace view catalog.run_survivor as
select
    u.run_id, c.clip_id, c.video_id, r.stage_key as rendition_key, r.object_key, r.sha256, r.size_bytes, r.width_px,
    r.height_px, r.frame_count, r.frame_rate_num, r.frame_rate_den, r.duration_s, r.codec, r.pixel_format,
    r.audio_codec, r.stage_run_id, p.start_pts, p.end_pts, p.time_base_num, p.time_base_den,
    b.x_px, b.y_px, b.width_px as box_width_px, b.height_px as box_height_px, w.source, w.licence,
    (
        select jsonb_object_agg(n.score, n.value)
        from catalog.run_key k
        join catalog.score_number n on n.stage_key = k.stage_key and n.clip_id = c.clip_id
        where k.run_id = u.run_id and k.stage = 'filter'
    ) as scores
from catalog.run u
join catalog.run_clip c on c.run_id = u.run_id
join catalog.verdict_current d
    on d.clip_id = c.clip_id and d.policy_hash = u.policy_hash and d.basis = u.basis and d.outcome = 'keep'
join catalog.run_key transcode on transcode.run_id = u.run_id and transcode.name = 'transcode'
join catalog.rendition r on r.clip_id = c.clip_id and r.stage_key = transcode.stage_key
join catalog.clip p on p.clip_id = c.clip_id
join catalog.run_key crop on crop.run_id = u.run_id and crop.name = 'crop'
left join catalog.crop_box b on b.clip_id = c.clip_id and b.stage_key = crop.stage_key
join catalog.run_video_terms w on w.run_id = u.run_id and w.video_id = c.video_id;
comment on view catalog.run_survivor is 'clips that a run keeps and that are encoded under its key';

create or replace view catalog.run_packed as
select v.*, s.dataset_id, s.shard_id, s.cell, s.object_key as shard, m.ordinal, m.offset_bytes
from catalog.shard_current s
join catalog.shard_member m on m.shard_id = s.shard_id
join catalog.run_survivor v on v.clip_id = m.clip_id and v.rendition_key = m.rendition_key;
comment on view catalog.run_packed is 'survivors of a run that lie in one of the shards that now make up a dataset';

create or replace view catalog.version_clip as
select v.dataset_id, v.version, m.clip_id, m.rendition_key, s.shard_id, s.object_key as shard, m.offset_bytes, m.size_bytes
from catalog.dataset_version_shard v
join catalog.shard s on s.shard_id = v.shard_id
join catalog.shard_member m on m.shard_id = v.shard_id
where not exists (
    select from catalog.tombstone t
    where t.dataset_id = v.dataset_id and t.version = v.version and t.shard_id = v.shard_id and t.clip_id = m.clip_id
);
comment on view catalog.version_clip is 'the clips of every published version, and where they lie';
