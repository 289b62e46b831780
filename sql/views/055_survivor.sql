-- What a dataset is made of: the clips that a run's policy keeps, encoded, with all that is said of them.
-- Each row is found by indexes alone, from the encoded clip outwards; `limit 1` keeps the planner from turning a look
-- at one verdict or place into a scan of all, which it does when it takes the few for fewer.

create or replace function catalog.video_terms(of_run text, of_video uuid)
returns table (source text, licence text)
language sql stable rows 1 as $$
    select s.name, coalesce(l.terms ->> 'licence', t.licence)
    from catalog.video_location l
    join catalog.run_source rs on rs.run_id = of_run and rs.source_id = l.source_id
    join catalog.source s on s.source_id = l.source_id
    left join lateral (
        select licence from catalog.source_terms t where t.source_id = l.source_id order by recorded_at desc limit 1
    ) t on true
    where l.video_id = of_video
      and not exists (
          select from catalog.video_location n
          where n.source_id = l.source_id and md5(coalesce(n.origin, n.uri)) = md5(coalesce(l.origin, l.uri))
            and (n.seen_at > l.seen_at or (n.seen_at = l.seen_at and n.location_id < l.location_id))
      )
    order by s.name collate "C", t.licence collate "C", coalesce(l.terms ->> 'licence', t.licence) collate "C"
    limit 1
$$;
comment on function catalog.video_terms is
    'source of a video in a run and its licence, its own where its place names one; of several the first by name; no row where it lies in no source of the run';

create or replace view catalog.run_survivor as
select
    u.run_id, r.clip_id, p.video_id, r.stage_key as rendition_key, r.object_key, r.sha256, r.size_bytes, r.width_px,
    r.height_px, r.frame_count, r.frame_rate_num, r.frame_rate_den, r.duration_s, r.codec, r.pixel_format,
    r.audio_codec, r.stage_run_id, p.start_pts, p.end_pts, p.time_base_num, p.time_base_den,
    b.x_px, b.y_px, b.width_px as box_width_px, b.height_px as box_height_px, w.source, w.licence,
    (
        select jsonb_object_agg(n.score, n.value)
        from catalog.run_key k
        join catalog.score_number n on n.stage_key = k.stage_key and n.clip_id = r.clip_id
        where k.run_id = u.run_id and k.stage in ('filter', 'embed', 'validate', 'caption')
    ) as scores,
    catalog.caption_of(u.run_id, r.clip_id) as caption_id,
    (select n.captions from catalog.run_caption n where n.run_id = u.run_id and n.clip_id = r.clip_id) as captions,
    catalog.metadata_of(s.video_id) as metadata
from catalog.run u
join catalog.run_key transcode on transcode.run_id = u.run_id and transcode.name = 'transcode'
join catalog.run_key split on split.run_id = u.run_id and split.name = 'split'
join catalog.run_key crop on crop.run_id = u.run_id and crop.name = 'crop'
join catalog.rendition r on r.stage_key = transcode.stage_key
join catalog.span s on s.clip_id = r.clip_id and s.stage_key = split.stage_key
join catalog.clip p on p.clip_id = r.clip_id
left join catalog.crop_box b on b.clip_id = r.clip_id and b.stage_key = crop.stage_key
cross join lateral catalog.video_terms(u.run_id, s.video_id) w
where 'keep' = (select d.outcome from catalog.verdict_of(u.policy_hash, u.basis, r.clip_id) d)
and coalesce(catalog.representative(u.cluster_key, r.clip_id), r.clip_id) = r.clip_id
and catalog.why_blocked(u.run_id, r.clip_id, s.video_id) is null
and catalog.is_validated(u.run_id, r.clip_id)
and catalog.is_captioned(u.run_id, r.clip_id);
comment on view catalog.run_survivor is
    'clips that a run keeps and may use, of copies the best, validated and captioned where its recipe asks, and encoded under its key';

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
