-- Whether a run should be followed by another: something is pending that nobody works on, and this run got on.
-- Its own reservations count whatever their age: what they are on is what it could not do. Those of others count until
-- they expire.

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
                  and not exists (select from catalog.outside_window(of_run) w where w.video_id = v.video_id)
                  and not exists (
                      select from catalog.reservation r
                      where r.subject_id = v.video_id and (r.run_id = of_run or r.expires_at > now())
                  )
            )
            or exists (
                select from catalog.clip_state(of_run) c
                where c.state = 'pending'
                  and not exists (select from catalog.outside_window(of_run) w where w.video_id = c.video_id)
                  and not exists (
                      select from catalog.reservation r
                      where r.subject_id in (c.clip_id, c.video_id) and (r.run_id = of_run or r.expires_at > now())
                  )
            )
        )
$$;
comment on function catalog.another_wave is 'true while a run got something done and left something undone that is free';

-- While another run works on what this one's recipe still lacks, a version would be short of it.

create or replace function catalog.at_work(of_run text) returns text
language sql stable as $$
    select r.run_id
    from catalog.reservation r
    join catalog.run_key k on k.run_id = of_run and k.stage_key = r.stage_key
    where r.run_id <> of_run
      and r.expires_at > now()
      and (
          r.subject_id in (select v.video_id from catalog.video_state(of_run) v where v.state = 'pending')
          or r.subject_id in (select c.clip_id from catalog.clip_state(of_run) c where c.state = 'pending')
          or r.subject_id in (select c.video_id from catalog.clip_state(of_run) c where c.state = 'pending')
      )
    order by r.run_id
    limit 1
$$;
comment on function catalog.at_work is 'another run that works on what is pending of this run''s recipe; null for none';
