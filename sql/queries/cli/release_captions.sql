-- Captions of a run with a window that has a flag, or none at all: the next run asks for others in their place.
with released as (
    update catalog.caption n set released_at = now()
    from catalog.run_key k
    where k.run_id = :run and k.name = 'caption' and n.stage_key = k.stage_key and n.released_at is null
      and exists (
          select from catalog.caption_window w
          where w.caption_id = n.caption_id
            and (
                w.flags ? cast(:flag as text)
                or (cast(:flag as text) = 'unmeasured' and w.unmeasured is not null)
            )
      )
    returning n.clip_id
),
judged as (
    delete from catalog.score s
    using released r, catalog.run_key k
    where k.run_id = :run and k.name = 'caption.captions' and s.stage_key = k.stage_key and s.clip_id = r.clip_id
)
select count(*) from released
