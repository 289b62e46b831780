-- Work that someone took and did not finish in time; the next run takes it over.
select run_id, batch_id, count(distinct subject_id) as subjects, max(expires_at) as expired_at
from catalog.reservation
where expires_at < now()
group by run_id, batch_id
order by run_id, batch_id
