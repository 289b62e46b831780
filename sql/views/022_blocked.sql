-- What may not be used, and why. Takedowns, and what a video's own manifest forbids, hold for every run; what the terms
-- of a source do not allow holds for the runs whose recipe asks for it.

create or replace view catalog.blocked_video as
select t.subject_id as video_id, 'takedown' as reason, t.reason as detail
from catalog.takedown t
where t.subject = 'video'
union all
-- All that ever lay in a source that was taken down, wherever else it lies.
select l.video_id, 'takedown', t.reason
from catalog.takedown t
join catalog.video_location l on l.source_id = t.subject_id
where t.subject = 'source'
union all
select c.video_id, 'rights', c.refusal
from catalog.training_claim c
where c.refusal is not null;
comment on view catalog.blocked_video is 'videos that no run may use, each with the reason; one may have several';

create or replace view catalog.blocked_clip as
select t.subject_id as clip_id, 'takedown' as reason, t.reason as detail
from catalog.takedown t
where t.subject = 'clip'
union all
select c.clip_id, b.reason, b.detail
from catalog.blocked_video b
join catalog.clip c on c.video_id = b.video_id;
comment on view catalog.blocked_clip is 'clips that no run may use, each with the reason; one may have several';

create or replace function catalog.blocked(of_clip uuid) returns text
language sql stable
return (select b.reason from catalog.blocked_clip b where b.clip_id = of_clip order by b.reason desc limit 1);
comment on function catalog.blocked is 'why no run may use a clip: takedown, or rights; null where nothing is against it';

create or replace function catalog.licence_allowed(licence text, allow text[], deny text[]) returns boolean
language sql immutable as $$
    -- Of what OR joins one has to be allowed, of what AND joins all; an exception (WITH) goes with its licence.
    select exists (
        select from regexp_split_to_table(lower(licence), ' or ') choice
        where not exists (
            select from regexp_split_to_table(choice, ' and ') one
            cross join lateral (select array[one, split_part(one, ' with ', 1)] as names) n
            where exists (select from unnest(n.names) name where name like any(deny))
               or (allow <> '{}' and not exists (select from unnest(n.names) name where name like any(allow)))
        )
    )
$$;
comment on function catalog.licence_allowed is 'whether an SPDX expression passes lists of licences in small letters';

create or replace view catalog.closed_source as
select d.run_id, rs.source_id, s.name, r.detail
from catalog.run_demand d
join catalog.run_source rs on rs.run_id = d.run_id
join catalog.source s on s.source_id = rs.source_id
left join lateral (
    select * from catalog.source_terms t where t.source_id = rs.source_id order by recorded_at desc limit 1
) t on true
cross join lateral (
    select case
        when t.licence is null then 'its licence is not known'
        when not catalog.licence_allowed(t.licence, d.allow, d.deny) then 'the recipe does not allow ' || t.licence
        when d.commercial and t.commercial is null then 'nobody has said that commercial use is allowed'
        when d.commercial and not t.commercial then 'commercial use is not allowed'
        when d.redistribution and t.redistribution is null then 'nobody has said that it may be passed on'
        when d.redistribution and not t.redistribution then 'it may not be passed on'
        when d.derivative and t.derivative is null then 'nobody has said that it may be changed'
        when d.derivative and not t.derivative then 'it may not be changed'
    end as detail
) r
where r.detail is not null;
comment on view catalog.closed_source is 'sources of a run whose terms do not allow what its recipe asks, and what that is';

create or replace function catalog.run_blocked(of_run text)
returns table (subject_id uuid, reason text, detail text)
language sql stable as $$
    select distinct on (b.subject_id) b.subject_id, b.reason, b.detail
    from (
        select video_id as subject_id, reason, detail from catalog.blocked_video
        union all
        select subject_id, 'takedown', reason from catalog.takedown where subject = 'clip'
        union all
        select l.video_id, 'rights', c.name || ': ' || c.detail
        from catalog.closed_source c
        join catalog.video_location l on l.source_id = c.source_id
        where c.run_id = of_run
    ) b
    order by b.subject_id, b.reason desc, b.detail
$$;
comment on function catalog.run_blocked is 'videos and single clips that a run may not use, each with its first reason: takedown before rights';

create or replace function catalog.usable_clip(of_run text) returns setof catalog.run_clip
language sql stable as $$
    -- `not in` over sets that do not depend on the clip: each is hashed once.
    select c.*
    from catalog.run_clip c
    where c.run_id = of_run
      and c.video_id not in (select b.subject_id from catalog.run_blocked(of_run) b)
      and c.clip_id not in (select t.subject_id from catalog.takedown t)
$$;
comment on function catalog.usable_clip is 'the clips of a run that it may use: those that any stage works on';

create or replace function catalog.why_blocked(of_run text, of_clip uuid, of_video uuid) returns text
language sql stable as $$
    select case
        when exists (select from catalog.takedown t where t.subject_id in (of_clip, of_video))
          or exists (
              select from catalog.video_location l
              join catalog.takedown t on t.subject_id = l.source_id
              where l.video_id = of_video
          )
        then 'takedown'
        when exists (select from catalog.training_claim c where c.video_id = of_video and c.refusal is not null)
          or exists (
              select from catalog.video_location l
              join catalog.closed_source c on c.run_id = of_run and c.source_id = l.source_id
              where l.video_id = of_video
          )
        then 'rights'
    end
$$;
comment on function catalog.why_blocked is 'why a run may not use one clip: takedown or rights; null where it may';
