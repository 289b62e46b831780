-- The placed clips of one page of encoded ones that lie in no shard of their cell, or in one that is to be written anew.
select v.*
from catalog.rendition r
cross join lateral (
    select * from catalog.run_placed v where v.run_id = :run and v.clip_id = r.clip_id limit 1
) v
where r.stage_key = :key
  and r.clip_id > :after
  and r.clip_id <= :until
  and (
      select m.shard_id
      from catalog.shard_member m
      join catalog.shard_current s on s.shard_id = m.shard_id
      where m.clip_id = r.clip_id and m.rendition_key = r.stage_key and m.caption_id is not distinct from v.caption_id
        and s.dataset_id = :dataset and s.cell = v.cell and s.shard_id <> all(cast(:condemned as uuid[]))
      limit 1
  ) is null
order by r.clip_id
