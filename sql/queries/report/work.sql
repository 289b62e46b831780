-- What the stages of a run did, and at what cost; a curation that an ingest started, which its id tells, has that too.
select s.stage, count(*) as processes, coalesce(sum(s.done_count), 0) as done, coalesce(sum(s.failed_count), 0) as failed,
       count(*) filter (where s.exit_code <> 0) as bad_ends, coalesce(sum(s.cpu_s), 0) as cpu_s,
       extract(epoch from max(coalesce(s.ended_at, s.started_at)) - min(s.started_at))::double precision as wall_s,
       min(s.started_at) as started_at
from catalog.stage_run s
join catalog.stage g on g.name = s.stage
where s.run_id in (:run, regexp_replace(:run, '^curate[.]ingest[.]', 'ingest.')) and s.stage <> 'report'
group by s.stage, g.ordinal
order by g.ordinal
