-- Takes a batch's members under the given keys: what is free, expired, or this batch's already.
insert into catalog.reservation (stage_key, subject_id, batch_id, run_id, fence, expires_at)
select key, m.subject_id, m.batch_id, :run, :fence, now() + make_interval(secs => :seconds)
from unnest(cast(:keys as uuid[])) as key
cross join catalog.batch_member m
where m.batch_id = :batch
order by m.subject_id, key
on conflict (stage_key, subject_id) do update
set batch_id = excluded.batch_id, run_id = excluded.run_id, fence = excluded.fence, expires_at = excluded.expires_at
where reservation.expires_at < now() or reservation.batch_id = excluded.batch_id
