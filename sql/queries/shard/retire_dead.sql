-- Shards in which no clip is left that the run keeps: gone from the next version.
insert into catalog.shard_retirement (shard_id, run_id, stage_run_id)
select s.shard_id, :run, :stage_run_id
from catalog.shard_current s
where s.dataset_id = :dataset
  and (
      select m.clip_id
      from catalog.shard_member m
      cross join lateral (
          select v.clip_id from catalog.run_survivor v
          where v.run_id = :run and v.clip_id = m.clip_id and v.rendition_key = m.rendition_key
            and v.caption_id is not distinct from m.caption_id
          limit 1
      ) v
      where m.shard_id = s.shard_id
      limit 1
  ) is null
on conflict do nothing
