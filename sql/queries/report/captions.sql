-- What is said of the first window of some clips of a run, and how much of each is left unsaid.
select n.clip_id, w.medium, n.model, w.flags,
       (select count(*) from catalog.caption_window o where o.caption_id = n.caption_id) as windows,
       (
           select count(*) from catalog.caption_window o
           where o.caption_id = n.caption_id and o.unmeasured is not null
       ) as unmeasured,
       w.unmeasured as reason
from catalog.run_key k
join catalog.caption n on n.stage_key = k.stage_key and n.released_at is null
join catalog.caption_window w on w.caption_id = n.caption_id and w.ordinal = 0
where k.run_id = :run and k.name = 'caption' and n.clip_id = any(cast(:clips as uuid[]))
