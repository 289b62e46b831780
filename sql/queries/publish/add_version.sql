-- A published version; what it holds follows in the same transaction.
insert into catalog.dataset_version
    (dataset_id, version, parent_version, run_id, manifest_sha256, clip_count, duration_s, size_bytes, stage_run_id)
values (:dataset, :version, :parent, :run, :manifest_sha256, :clips, :duration_s, :size_bytes, :stage_run_id)
on conflict do nothing
