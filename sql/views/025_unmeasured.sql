-- Clips that the stages before judging have not finished with: no box, or a score missing, and not quarantined.

create or replace view catalog.clip_unmeasured as
select c.run_id, c.video_id, c.clip_id, b.clip_id is null as wants_crop
from catalog.run_clip c
join catalog.run_key crop on crop.run_id = c.run_id and crop.name = 'crop'
join catalog.run_key filter on filter.run_id = c.run_id and filter.name = 'filter'
left join catalog.crop_box b on b.clip_id = c.clip_id and b.stage_key = crop.stage_key
where not exists (
        select from catalog.failure_open f
        where f.subject_id = c.clip_id and f.stage_key in (crop.stage_key, filter.stage_key)
    )
  and (
        b.clip_id is null
        or exists (
            select from catalog.run_key k
            where k.run_id = c.run_id and k.name like 'filter.%'
              and not exists (
                  select from catalog.score s where s.clip_id = c.clip_id and s.stage_key = k.stage_key
              )
        )
    );
comment on view catalog.clip_unmeasured is 'what split, crop and filter still have to do for a run, by clip';
