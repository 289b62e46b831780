-- What has to stand still while it is removed: packing into its datasets, and comparing with its vectors.
select 'shard' as stage, d.dataset_id as subject
from catalog.dataset d
where d.dataset_id in (
          select s.dataset_id from pg_temp.target_shard t join catalog.shard s on s.shard_id = t.shard_id
      )
   or d.store_url in (
          select k.fingerprint ->> 'output'
          from pg_temp.target_clip c
          join catalog.rendition r on r.clip_id = c.clip_id
          join catalog.run_key k on k.stage_key = r.stage_key and k.name = 'transcode'
      )
union
select 'dedup', d.stage_key
from pg_temp.target_vector v
join catalog.compared_file d on d.store_url = v.store_url and d.object_key = v.object_key
order by 1, 2
