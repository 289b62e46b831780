-- A page of the survivors that lie in no shard, in order of their ids.
select v.*
from catalog.run_survivor v
where v.run_id = :run
  and v.clip_id > :after
  and (
      select m.shard_id
      from catalog.shard_member m
      join catalog.shard_current s on s.shard_id = m.shard_id
      where m.clip_id = v.clip_id and m.rendition_key = v.rendition_key and s.dataset_id = :dataset
      limit 1
  ) is null
order by v.clip_id
limit :page
