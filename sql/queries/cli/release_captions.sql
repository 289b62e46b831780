-- Captions of a run with a window that has one of the flags, or none at all: the next run asks for others in place of those
-- windows. What is released already and has not been made again is released for these as well.
with found as (
    select n.caption_id, n.clip_id, catalog.has_flag(w, cast(:flags as text[])) as is_named
    from catalog.run_key k
    join (
        select caption_id, stage_key, clip_id from catalog.caption where released_at is null
        union all
        select caption_id, stage_key, clip_id from catalog.awaited_caption where released_for is not null
    ) n on n.stage_key = k.stage_key
    join catalog.caption_window w on w.caption_id = n.caption_id
    where k.run_id = :run and k.name = 'caption'
),
chosen as (
    select caption_id, clip_id, count(*) filter (where is_named) as windows
    from found group by 1, 2 having bool_or(is_named)
),
released as (
    update catalog.caption n
    set released_at = coalesce(n.released_at, now()),
        released_for = (
            select array_agg(distinct flag order by flag)
            from unnest(coalesce(n.released_for, '{}') || cast(:flags as text[])) flag
        )
    from chosen c
    where c.caption_id = n.caption_id
),
judged as (
    delete from catalog.score s
    using chosen c, catalog.run_key k
    where k.run_id = :run and k.name = 'caption.captions' and s.stage_key = k.stage_key and s.clip_id = c.clip_id
)
select count(*) as clips, coalesce(sum(windows), 0) as windows from chosen
