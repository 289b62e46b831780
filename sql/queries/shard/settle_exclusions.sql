-- Writes what has changed of what the dataset leaves out.
insert into catalog.exclusion (dataset_id, clip_id, reason, detail, run_id)
select :dataset, clip_id, e.reason, e.detail, :run
from pg_temp.excluded e
full join (select * from catalog.exclusion_current where dataset_id = :dataset) x using (clip_id)
where (e.reason, e.detail) is distinct from (x.reason, x.detail)
order by clip_id
