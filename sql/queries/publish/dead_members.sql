-- Clips that lie in the shards and do not belong into the dataset (any more), each with the reason; and those that lie
-- in a newer shard as well.
with place as (
    select m.shard_id, m.clip_id, m.rendition_key, b.clip_id is not null as is_member,
           row_number() over (
               partition by m.clip_id, m.rendition_key, m.caption_id order by s.recorded_at desc, s.shard_id desc
           ) as place
    from catalog.shard_member m
    join catalog.shard s on s.shard_id = m.shard_id
    left join pg_temp.member b
        on b.clip_id = m.clip_id and b.rendition_key = m.rendition_key
        and b.caption_id is not distinct from m.caption_id
    where m.shard_id = any(cast(:shards as uuid[]))
),
dead as materialized (
    select shard_id, clip_id, rendition_key, is_member from place where not is_member or place > 1
)
select m.shard_id, m.clip_id,
       case
           when m.is_member then 'moved'
           when w.reason = 'encoded_anew' and m.rendition_key = k.stage_key then 'captioned_anew'
           else w.reason
       end as reason
from dead m
join catalog.run_key k on k.run_id = :run and k.name = 'transcode'
cross join lateral catalog.why_no_member(:run, m.clip_id) w
