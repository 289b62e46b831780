-- A shard; the same bytes made again are the same shard, the newest one once more.
insert into catalog.shard (shard_id, dataset_id, cell, object_key, sha256, size_bytes, is_full, text_key, stage_run_id)
values (:shard, :dataset, :cell, :object_key, :sha256, :size_bytes, :is_full, :text, :stage_run_id)
on conflict (shard_id) do update
set is_full = excluded.is_full, text_key = excluded.text_key, recorded_at = now()
