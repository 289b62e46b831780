-- The last try of each stage on each batch of a run, of `plan` in each phase, where it failed, or never ended and nobody
-- works on the batch.
with last_try as (
    select distinct on (stage, phase, batch_id) *
    from catalog.stage_run
    where run_id = :run
    order by stage, phase, batch_id, started_at desc
)
select t.stage, t.phase, t.batch_id, t.host, t.started_at, t.ended_at, t.exit_code, t.error
from last_try t
join catalog.run u on u.run_id = t.run_id
where t.exit_code <> 0
   or (t.ended_at is null
       and not exists (select from catalog.reservation r where r.batch_id = t.batch_id and r.expires_at > now())
       and (t.batch_id is not null or u.closed_at is not null or t.started_at < now() - interval '1 hour'))
order by t.started_at
