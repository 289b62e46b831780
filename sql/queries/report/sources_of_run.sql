-- The sources that a run takes videos from, with their licence and rights.
select s.source_id, s.name, s.uri, t.licence, t.rights, t.evidence
from catalog.run_source rs
join catalog.source s using (source_id)
left join catalog.source_terms_current t using (source_id)
where rs.run_id = :run
order by s.name
