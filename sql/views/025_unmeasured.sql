-- Clips that the stages before judging have not finished with: no box, or a score missing, and not quarantined.
-- `not in` over a set that does not depend on the clip is hashed once, whatever the planner believes of tables that have
-- just been filled; a look-up per clip and scorer takes five times as long.

create or replace function catalog.clip_unmeasured(of_run text)
returns table (video_id uuid, clip_id uuid)
language sql stable as $$
    with scorer as materialized (
        select k.stage_key from catalog.run_key k where k.run_id = of_run and k.name like 'filter.%'
    )
    select c.video_id, c.clip_id
    from catalog.usable_clip(of_run) c
    where (
        c.clip_id not in (
            select b.clip_id
            from catalog.run_key k
            join catalog.crop_box b on b.stage_key = k.stage_key
            where k.run_id = of_run and k.name = 'crop'
        )
        or c.clip_id not in (
            select s.clip_id
            from catalog.score s
            where s.stage_key = any(array(select stage_key from scorer))
            group by s.clip_id
            having count(*) = (select count(*) from scorer)
        )
    )
      and c.clip_id not in (
          select f.subject_id
          from catalog.run_key k
          join catalog.failure_open f on f.stage_key = k.stage_key
          where k.run_id = of_run and k.name in ('crop', 'filter')
      )
$$;
comment on function catalog.clip_unmeasured is 'what crop and filter still have to do for a run, by clip';

create or replace function catalog.unembedded(of_run text, of_clip uuid) returns text[]
language sql stable as $$
    select array_agg(substr(k.name, length('embed.') + 1) order by k.name)
    from catalog.run_key k
    where k.run_id = of_run and k.name like 'embed.%'
      and not exists (select from catalog.embedding e where e.stage_key = k.stage_key and e.clip_id = of_clip)
      and not exists (select from catalog.score s where s.stage_key = k.stage_key and s.clip_id = of_clip)
$$;
comment on function catalog.unembedded is 'what embed still has to do for a clip, by scorer; null where nothing';

create or replace function catalog.is_validated(of_run text, of_clip uuid) returns boolean
language sql stable as $$
    select not exists (
        select from catalog.run_key k
        where k.run_id = of_run and k.name = 'validate.criteria'
          and not exists (select from catalog.validation v where v.stage_key = k.stage_key and v.clip_id = of_clip)
    )
$$;
comment on function catalog.is_validated is 'whether validate has nothing to do for a clip; always where the recipe asks no model';
