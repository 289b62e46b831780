-- What captions a run has: by what wrote them, how many windows, how many without a caption and why, and each flag.
with mine as (
    select w.model, w.unmeasured, w.flags
    from catalog.run_clip c
    join catalog.run_key k on k.run_id = c.run_id and k.name = 'caption'
    join catalog.caption n on n.stage_key = k.stage_key and n.clip_id = c.clip_id and n.released_at is null
    join catalog.caption_window w on w.caption_id = n.caption_id
    where c.run_id = :run
)
select 'model' as kind, model as name, count(*) as windows from mine where unmeasured is null group by model
union all
select 'unmeasured', unmeasured, count(*) from mine where unmeasured is not null group by unmeasured
union all
select 'flag', f.flag, count(*) from mine cross join jsonb_array_elements_text(flags) as f(flag) group by f.flag
order by kind desc, windows desc, name
