-- What made the outputs of the clips in the shards: stage runs, gathered by run, stage, image and code.
with member as (
    select clip_id, rendition_key, caption_id from catalog.shard_member where shard_id = any(cast(:shards as uuid[]))
),
made as (
    select v.stage_run_id from member m join catalog.clip p using (clip_id) join catalog.video v using (video_id)
    union
    select p.stage_run_id from member m join catalog.clip p using (clip_id)
    union
    select b.stage_run_id from member m
    join catalog.run_key k on k.run_id = :run and k.stage = 'crop'
    join catalog.crop_box b on b.clip_id = m.clip_id and b.stage_key = k.stage_key
    union
    select s.stage_run_id from member m
    join catalog.run_key k on k.run_id = :run and k.stage in ('filter', 'embed', 'validate')
    join catalog.score s on s.clip_id = m.clip_id and s.stage_key = k.stage_key
    union
    select e.stage_run_id from member m
    join catalog.run_key k on k.run_id = :run and k.stage = 'embed'
    join catalog.embedding e on e.clip_id = m.clip_id and e.stage_key = k.stage_key
    union
    select d.stage_run_id from member m
    join catalog.run_key k on k.run_id = :run and k.stage = 'embed'
    join catalog.embedding e on e.clip_id = m.clip_id and e.stage_key = k.stage_key
    join catalog.run_key dedup on dedup.run_id = :run and dedup.name = 'dedup'
    join catalog.compared_file d
        on d.stage_key = dedup.stage_key and d.store_url = e.store_url and d.object_key = e.object_key
    union
    select n.stage_run_id from member m
    join catalog.run_key k on k.run_id = :run and k.stage = 'validate'
    join catalog.validation n on n.clip_id = m.clip_id and n.stage_key = k.stage_key
    union
    select c.stage_run_id from member m join catalog.caption c using (caption_id)
    union
    select r.stage_run_id from member m
    join catalog.rendition r on r.clip_id = m.clip_id and r.stage_key = m.rendition_key
    union
    select stage_run_id from catalog.shard where shard_id = any(cast(:shards as uuid[]))
)
select s.run_id, s.stage, s.image, s.code_revision, count(*) as stage_runs, array_agg(distinct s.host) as hosts,
       min(s.started_at) as first_started_at, max(s.ended_at) as last_ended_at, sum(s.cpu_s) as cpu_s
from made
join catalog.stage_run s using (stage_run_id)
join catalog.stage g on g.name = s.stage
group by s.run_id, s.stage, g.ordinal, s.image, s.code_revision
order by min(s.started_at), g.ordinal
