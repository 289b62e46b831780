-- Takes a lock when nobody has it, its holder has gone quiet, or this very run holds it (a retry).
insert into catalog.reservation (stage_key, subject_id, batch_id, run_id, fence, expires_at)
values (:lock, :subject, :batch, :run, nextval('catalog.fence'), now() + make_interval(secs => :seconds))
on conflict (stage_key, subject_id) do update
set batch_id = excluded.batch_id, run_id = excluded.run_id, fence = excluded.fence, expires_at = excluded.expires_at
where reservation.expires_at < now() or reservation.run_id = excluded.run_id
returning fence
