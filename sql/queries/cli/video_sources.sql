-- Every place where a video ever lay, with the terms that its source has now.
select s.source_id, s.name, s.uri as source_uri, l.path, l.uri, l.seen_at, l.stage_run_id,
       t.licence, t.rights, t.evidence, t.contact, t.commercial, t.redistribution, t.derivative
from catalog.video_location l
join catalog.source s using (source_id)
left join catalog.source_terms_current t using (source_id)
where l.video_id = :video
order by l.seen_at, l.path
