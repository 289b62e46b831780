-- Objects that the store should hold: renditions of the run's clips, and shards that are current or in a version and not purged.
-- A limit takes that many of each, in the order of their ids, which is random; null takes all.
(
    select 'rendition' as kind, r.object_key, r.size_bytes
    from catalog.run_key k
    join catalog.rendition r on r.stage_key = k.stage_key
    join catalog.run_clip c on c.run_id = k.run_id and c.clip_id = r.clip_id
    where k.run_id = :run and k.name = 'transcode'
    order by r.clip_id
    limit :limit
)
union all
(
    select 'shard', s.object_key, s.size_bytes
    from catalog.shard s
    where s.dataset_id = :dataset
      and not exists (select from catalog.purged_shard p where p.shard_id = s.shard_id)
      and (not exists (select from catalog.shard_retirement x where x.shard_id = s.shard_id)
           or exists (select from catalog.dataset_version_shard v where v.shard_id = s.shard_id))
    order by s.shard_id
    limit :limit
)
