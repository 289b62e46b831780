-- Whether a run should be followed by another: something is pending that nobody works on, and this run got on.

create or replace function catalog.another_wave(of_run text) returns boolean
language sql stable as $$
    select
        exists (
            select from catalog.stage_run s
            where s.run_id = of_run and s.batch_id is not null and s.done_count > 0
        )
        and (select clip_limit is null from catalog.run where run_id = of_run)
        and (
            exists (
                select from catalog.video_state(of_run) v
                where v.state = 'pending'
                  and not exists (select from catalog.reservation r where r.subject_id = v.video_id)
            )
            or exists (
                select from catalog.clip_state(of_run) c
                where c.state = 'pending'
                  and not exists (select from catalog.reservation r where r.subject_id in (c.clip_id, c.video_id))
            )
        )
$$;
comment on function catalog.another_wave is 'true while a run got something done and left something undone that is free';
