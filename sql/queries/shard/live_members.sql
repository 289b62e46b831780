-- The clips of one shard that the run keeps, in their order.
select v.*
from catalog.shard_member m
cross join lateral (
    select * from catalog.run_survivor v
    where v.run_id = :run and v.clip_id = m.clip_id and v.rendition_key = m.rendition_key
      and v.caption_id is not distinct from m.caption_id
    limit 1
) v
where m.shard_id = :shard
order by m.ordinal
