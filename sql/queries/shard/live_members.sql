-- The clips of one shard that belong into its cell, in their order; one that lies in a newer shard too is the newer one's.
select v.*
from catalog.shard s
join catalog.shard_member m on m.shard_id = s.shard_id
cross join lateral (
    select * from catalog.run_placed v
    where v.run_id = :run and v.clip_id = m.clip_id and v.rendition_key = m.rendition_key and v.cell = s.cell
      and v.caption_id is not distinct from m.caption_id
    limit 1
) v
where s.shard_id = :shard
  and not exists (
      select from catalog.shard_member n
      join catalog.shard_current o on o.shard_id = n.shard_id
      where n.clip_id = m.clip_id and n.rendition_key = m.rendition_key
        and n.caption_id is not distinct from m.caption_id and o.dataset_id = s.dataset_id
        and (o.recorded_at, o.shard_id) > (s.recorded_at, s.shard_id)
  )
order by m.ordinal
