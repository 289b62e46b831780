-- A video with the source that it comes from, as a run sees it.
select v.video_id, v.sha256, v.size_bytes, v.duration_s, v.info, v.recorded_at, v.stage_run_id,
       l.path, l.uri, s.name as source, s.uri as source_uri, t.licence, t.rights, t.evidence,
       t.contact, t.commercial, t.redistribution, t.derivative
from catalog.video v
left join catalog.run_video l on l.run_id = :run and l.video_id = v.video_id
left join catalog.source s on s.source_id = l.source_id
left join catalog.source_terms_current t on t.source_id = l.source_id
where v.video_id = :video
