-- What belongs into a run's dataset: the survivors that nothing excludes, and the cell of each.

create or replace view catalog.run_member as
select v.*
from catalog.run_survivor v
join catalog.run_dataset d on d.run_id = v.run_id
where (select x.reason from catalog.exclusion_of(d.dataset_id, v.clip_id) x) is null;
comment on view catalog.run_member is 'clips that belong into the dataset as a run sees it';

create or replace view catalog.run_placed as
select v.*, p.cell
from catalog.run_member v
join catalog.run_key k on k.run_id = v.run_id and k.name = 'place'
join catalog.placement p on p.stage_key = k.stage_key and p.clip_id = v.clip_id
where p.cell is not null;
comment on view catalog.run_placed is 'the same with the cell that each belongs in';

-- Without nested loops: the planner takes those whom a policy keeps for far fewer than they are, and would look up each
-- of a million by itself.
create or replace function catalog.gather_members(of_run text) returns bigint
language plpgsql volatile
set client_min_messages = warning
set work_mem = '128MB'
set enable_nestloop = off
as $$
declare
    u record;
    members bigint;
begin
    drop table if exists pg_temp.member;
    select r.policy_hash, r.basis, r.cluster_key, split.stage_key as split_key, transcode.stage_key as transcode_key,
           validate.stage_key as validate_key, caption.stage_key as caption_key, d.dataset_id
    into u
    from catalog.run r
    join catalog.run_dataset d on d.run_id = r.run_id
    join catalog.run_key split on split.run_id = r.run_id and split.name = 'split'
    join catalog.run_key transcode on transcode.run_id = r.run_id and transcode.name = 'transcode'
    left join catalog.run_key validate on validate.run_id = r.run_id and validate.name = 'validate.criteria'
    left join catalog.run_key caption on caption.run_id = r.run_id and caption.name = 'caption'
    where r.run_id = of_run;

    create temp table member on commit drop as
    with kept as (
        select distinct on (d.clip_id) d.clip_id, d.outcome
        from catalog.verdict d
        where d.policy_hash = u.policy_hash and d.basis = u.basis
        order by d.clip_id, d.sequence desc
    ),
    blocked as materialized (
        select b.subject_id from catalog.run_blocked(of_run) b
    )
    select r.clip_id, r.stage_key as rendition_key, n.caption_id
    from catalog.rendition r
    join kept k on k.clip_id = r.clip_id and k.outcome = 'keep'
    join catalog.span s on s.clip_id = r.clip_id and s.stage_key = u.split_key
    left join catalog.caption n on n.stage_key = u.caption_key and n.clip_id = r.clip_id and n.released_at is null
    where r.stage_key = u.transcode_key
      and (u.caption_key is null or n.caption_id is not null)
      and (
          u.validate_key is null
          or r.clip_id in (select v.clip_id from catalog.validation v where v.stage_key = u.validate_key)
      )
      and r.clip_id not in (select b.subject_id from blocked b)
      and s.video_id not in (select b.subject_id from blocked b)
      and s.video_id in (
          select l.video_id
          from catalog.location_current l
          join catalog.run_source rs on rs.run_id = of_run and rs.source_id = l.source_id
      )
      and r.clip_id not in (
          select c.clip_id from catalog.cluster_current c
          where c.cluster_key = u.cluster_key and c.representative_id <> c.clip_id
      )
      and r.clip_id not in (select x.clip_id from catalog.exclusion_current x where x.dataset_id = u.dataset_id);
    get diagnostics members = row_count;
    create unique index on pg_temp.member (clip_id);
    analyze pg_temp.member;
    return members;
end
$$;
comment on function catalog.gather_members is
    'puts what run_member says of all clips into the temporary table member: the same conditions, joined at once; a test holds the two together';

create or replace function catalog.why_no_member(of_run text, of_clip uuid)
returns table (reason text, detail text)
language sql stable rows 1 as $$
    select
        case
            when b.reason is not null then b.reason
            when s.clip_id is null then 'not_in_recipe'
            when d.outcome is null then 'not_judged'
            when d.outcome <> 'keep' then coalesce(d.failed_rules[1], d.unmeasured_rules[1], 'held')
            when r.clip_id <> of_clip then 'near_duplicate'
            when x.reason is not null then x.reason
            when t.clip_id is null then 'not_encoded'
            when not catalog.is_validated(u.run_id, of_clip) then 'not_validated'
            when not catalog.is_captioned(u.run_id, of_clip) then 'captioned_anew'
            else 'encoded_anew'
        end,
        case
            when b.reason is not null then null
            when d.outcome = 'keep' and r.clip_id <> of_clip then r.clip_id::text
            when d.outcome = 'keep' then x.detail
        end
    from catalog.run u
    join catalog.run_dataset o on o.run_id = u.run_id
    join catalog.run_key split on split.run_id = u.run_id and split.name = 'split'
    join catalog.run_key transcode on transcode.run_id = u.run_id and transcode.name = 'transcode'
    join catalog.clip c on c.clip_id = of_clip
    cross join lateral (select catalog.why_blocked(u.run_id, of_clip, c.video_id) as reason) b
    left join lateral catalog.exclusion_of(o.dataset_id, of_clip) x on true
    left join lateral (
        select s.clip_id from catalog.span s
        cross join lateral catalog.video_terms(u.run_id, s.video_id)
        where s.clip_id = of_clip and s.stage_key = split.stage_key
        limit 1
    ) s on true
    left join lateral catalog.verdict_of(u.policy_hash, u.basis, of_clip) d on true
    left join lateral (select catalog.representative(u.cluster_key, of_clip) as clip_id) r on d.outcome = 'keep'
    left join catalog.rendition t on t.stage_key = transcode.stage_key and t.clip_id = of_clip
    where u.run_id = of_run
$$;
comment on function catalog.why_no_member is
    'why a clip does not belong into a run''s dataset; in detail which clip stands for it, which quota, which bin';

create or replace function catalog.why_new_member(of_run text, of_clip uuid)
returns table (reason text, detail text)
language sql stable rows 1 as $$
    select
        case
            when l.is_lifted then 'takedown_lifted'
            when x.reason is not null then 'no_longer_excluded'
            when d.rule is not null then 'passes_now'
            when c.representative_id is not null then 'better_copy_gone'
            else 'new'
        end,
        case when not l.is_lifted then coalesce(x.reason, d.rule, c.representative_id::text) end
    from catalog.run u
    join catalog.run_dataset o on o.run_id = u.run_id
    cross join lateral (
        -- The newest version was made before it was lifted.
        select exists (
            select from catalog.takedown_lifting l
            where l.lifted_at > (
                      select p.started_at
                      from catalog.dataset_version v
                      join catalog.run p on p.run_id = v.run_id
                      where v.dataset_id = o.dataset_id
                      order by v.version desc
                      limit 1
                  )
              and l.subject_id in (
                  select of_clip
                  union all
                  select c.video_id from catalog.clip c where c.clip_id = of_clip
                  union all
                  select n.source_id
                  from catalog.clip c
                  join catalog.video_location n on n.video_id = c.video_id
                  where c.clip_id = of_clip
              )
        ) as is_lifted
    ) l
    left join lateral (
        select x.reason from catalog.exclusion x
        where x.dataset_id = o.dataset_id and x.clip_id = of_clip and x.reason is not null
        order by x.sequence desc
        limit 1
    ) x on true
    left join lateral (
        select coalesce(d.failed_rules[1], d.unmeasured_rules[1], 'held') as rule
        from (
            select u.policy_hash, u.basis
            union
            select p.policy_hash, p.basis
            from catalog.dataset_version v
            join catalog.run p on p.run_id = v.run_id
            where v.dataset_id = o.dataset_id
        ) q
        join catalog.verdict d on d.policy_hash = q.policy_hash and d.basis = q.basis and d.clip_id = of_clip
        where d.outcome <> 'keep'
        order by d.sequence desc
        limit 1
    ) d on true
    left join lateral (
        select m.representative_id from catalog.cluster_member m
        where m.cluster_key = u.cluster_key and m.clip_id = of_clip and m.representative_id <> of_clip
        order by m.sequence desc
        limit 1
    ) c on true
    where u.run_id = of_run
$$;
comment on function catalog.why_new_member is
    'why a clip belongs into a run''s dataset that did not before: what kept it out last, or new where nothing did; not what a source''s terms did';
