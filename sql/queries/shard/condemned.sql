-- Shards that are not to stay as they are: full ones of which too many bytes are of clips that fell out, or with a clip
-- that may not be used, which no later version may carry along; those in which nothing is left; and those whose captions
-- are not there as the vectors that the run wants, or are although it wants none.
with blocked as materialized (
    select subject_id from catalog.run_blocked(:run)
),
lying as (
    select s.shard_id, s.is_full, s.text_key, m.size_bytes, b.clip_id is not null and p.cell = s.cell as is_live,
           m.clip_id in (select subject_id from blocked) or c.video_id in (select subject_id from blocked) as is_blocked
    from catalog.shard_current s
    join catalog.shard_member m on m.shard_id = s.shard_id
    join catalog.clip c on c.clip_id = m.clip_id
    left join pg_temp.member b
        on b.clip_id = m.clip_id and b.rendition_key = m.rendition_key
        and b.caption_id is not distinct from m.caption_id
    left join catalog.placement p on p.stage_key = :place and p.clip_id = m.clip_id
    where s.dataset_id = :dataset
)
select shard_id
from lying
group by shard_id, is_full, text_key
having coalesce(bool_or(is_live), false) is false
    or text_key is distinct from cast(:text as uuid)
    or (
        is_full
        and (bool_or(is_blocked) or sum(size_bytes) filter (where is_live is not true) > :most_dead * sum(size_bytes))
    )
order by shard_id
