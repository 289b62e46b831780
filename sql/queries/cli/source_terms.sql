-- Every state of a source's terms, the newest first.
select licence, rights, evidence, contact, commercial, redistribution, derivative, recorded_at, stage_run_id
from catalog.source_terms
where source_id = :source
order by recorded_at desc
