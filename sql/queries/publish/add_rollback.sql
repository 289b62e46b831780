-- A version with the content of an older one, by the run that made that one; no row where the older is not known.
insert into catalog.dataset_version
    (dataset_id, version, parent_version, run_id, manifest_sha256, clip_count, duration_s, size_bytes, stage_run_id,
     rolled_back_to)
select dataset_id, :version, :version - 1, run_id, :manifest_sha256, clip_count, duration_s, size_bytes, stage_run_id,
       version
from catalog.dataset_version
where dataset_id = :dataset and version = :target
on conflict do nothing
