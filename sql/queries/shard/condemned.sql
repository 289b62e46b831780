-- Shards that are not to stay as they are: full ones of which too many bytes are of clips that fell out, those in which
-- nothing is left, and those with a clip that was taken down.
with lying as (
    select s.shard_id, s.is_full, m.size_bytes, b.clip_id is not null and p.cell = s.cell as is_live, x.reason
    from catalog.shard_current s
    join catalog.shard_member m on m.shard_id = s.shard_id
    left join pg_temp.member b on b.clip_id = m.clip_id and b.rendition_key = m.rendition_key
    left join catalog.placement p on p.stage_key = :place and p.clip_id = m.clip_id
    left join catalog.exclusion_current x on x.dataset_id = :dataset and x.clip_id = m.clip_id
    where s.dataset_id = :dataset
)
select shard_id
from lying
group by shard_id, is_full
having coalesce(bool_or(is_live), false) is false
    or bool_or(reason = 'takedown')
    or (is_full and sum(size_bytes) filter (where is_live is not true) > :most_dead * sum(size_bytes))
order by shard_id
