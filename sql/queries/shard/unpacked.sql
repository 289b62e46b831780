-- The survivors of one page of encoded clips that lie in no shard, in order of their ids.
select v.*
from catalog.rendition r
cross join lateral (
    select * from catalog.run_survivor v where v.run_id = :run and v.clip_id = r.clip_id limit 1
) v
where r.stage_key = :key
  and r.clip_id > :after
  and r.clip_id <= :until
  and (
      select m.shard_id
      from catalog.shard_member m
      join catalog.shard_current s on s.shard_id = m.shard_id
      where m.clip_id = r.clip_id and m.rendition_key = r.stage_key
        and m.caption_id is not distinct from v.caption_id and s.dataset_id = :dataset
      limit 1
  ) is null
order by r.clip_id
