-- What is said of the clips of a run, under its recipe's key.

create or replace function catalog.caption_of(of_run text, of_clip uuid) returns uuid
language sql stable as $$
    select c.caption_id
    from catalog.run_key k
    join catalog.caption c on c.stage_key = k.stage_key and c.clip_id = of_clip and c.released_at is null
    where k.run_id = of_run and k.name = 'caption'
$$;
comment on function catalog.caption_of is 'the captions that a clip has in a run; null where it has none, or the recipe makes none';

create or replace function catalog.is_captioned(of_run text, of_clip uuid) returns boolean
language sql stable as $$
    select catalog.caption_of(of_run, of_clip) is not null
        or not exists (select from catalog.run_key k where k.run_id = of_run and k.name = 'caption')
$$;
comment on function catalog.is_captioned is
    'whether caption is done with a clip, windows that could not be captioned included; true where the recipe makes none';

create or replace view catalog.run_caption as
select k.run_id, c.clip_id, c.caption_id, (
    select jsonb_agg(
        jsonb_build_object(
            'start_s', w.start_s, 'end_s', w.end_s, 'model', w.model, 'flags', w.flags,
            'captions', jsonb_strip_nulls(jsonb_build_object('short', w.short, 'medium', w.medium, 'long', w.long))
        )
        || jsonb_strip_nulls(jsonb_build_object('caption_json', w.structured, 'unmeasured', w.unmeasured))
        order by w.ordinal
    )
    from catalog.caption_window w where w.caption_id = c.caption_id
) as captions
from catalog.run_key k
join catalog.caption c on c.stage_key = k.stage_key and c.released_at is null
where k.name = 'caption';
comment on view catalog.run_caption is
    'the captions of each clip of a run: a list of windows, each start_s, end_s, captions (short, medium, long), model, flags; where a window has none, unmeasured says why';

create or replace function catalog.has_flag(of_window catalog.caption_window, named text[]) returns boolean
language sql immutable as $$
    select of_window.flags ?| named or ('unmeasured' = any(named) and of_window.unmeasured is not null)
$$;
comment on function catalog.has_flag is 'whether a window has one of the flags; `unmeasured` is had by those without a caption';

create or replace view catalog.awaited_caption as
select distinct on (n.stage_key, n.clip_id) n.*
from catalog.caption n
where n.released_at is not null
  and not exists (
      select from catalog.caption c
      where c.stage_key = n.stage_key and c.clip_id = n.clip_id and c.released_at is null
  )
order by n.stage_key, n.clip_id, n.released_at desc;
comment on view catalog.awaited_caption is 'captions in whose place others were asked for and have not come yet: the last of each clip and key';
