-- Which clips count as copies of one another under a run's policy, and which copy of each is kept.
-- Pairs are facts; clusters are what a policy makes of them (tasks/core/clusters.py says how), settled anew only where
-- a pair, a verdict or an encoding has changed.

create or replace view catalog.cluster_current as
select m.*
from catalog.cluster_member m
where m.representative_id is not null
  and not exists (
      select from catalog.cluster_member n
      where n.cluster_key = m.cluster_key and n.clip_id = m.clip_id and n.sequence > m.sequence
  );
comment on view catalog.cluster_current is 'the clips that are alike with others that the policy keeps, and the one that stands for them';

create or replace function catalog.representative(of_cluster_key uuid, of_clip uuid) returns uuid
language sql stable as $$
    select m.representative_id
    from catalog.cluster_member m
    where m.cluster_key = of_cluster_key and m.clip_id = of_clip
    order by m.sequence desc limit 1
$$;
comment on function catalog.representative is 'the clip that is kept in place of this one, which may be itself; null where it has no copy';

create or replace function catalog.is_compared(of_run text, of_clip uuid) returns boolean
language sql stable as $$
    select exists (
        select from catalog.run_key e
        join catalog.embedding v on v.stage_key = e.stage_key and v.clip_id = of_clip
        join catalog.run_key k on k.run_id = of_run and k.name = 'dedup'
        join catalog.compared_file d
            on d.stage_key = k.stage_key and d.store_url = v.store_url and d.object_key = v.object_key
        where e.run_id = of_run and e.name = 'embed.embedding'
    )
$$;
comment on function catalog.is_compared is 'whether dedup has compared a clip with all the others';

create or replace function catalog.clip_rank(of_run text, of_clip uuid)
returns table (area_px bigint, bits_per_pixel double precision, modified_at timestamptz, rank double precision[])
language sql stable rows 1 as $$
    select q.area_px, q.bits_per_pixel, q.modified_at,
           array[
               coalesce(-q.area_px::double precision, 'infinity'), coalesce(-q.bits_per_pixel, 'infinity'),
               coalesce(extract(epoch from q.modified_at)::double precision, 'infinity')
           ]::double precision[]
    from (
        select
            b.width_px::bigint * b.height_px as area_px,
            (v.info ->> 'bit_rate')::double precision
                / nullif((v.info ->> 'width_px')::double precision * (v.info ->> 'height_px')::double precision, 0)
                as bits_per_pixel,
            (select min(l.modified_at) from catalog.video_location l where l.video_id = p.video_id) as modified_at
        from catalog.clip p
        join catalog.video v on v.video_id = p.video_id
        join catalog.run_key crop on crop.run_id = of_run and crop.name = 'crop'
        left join catalog.crop_box b on b.stage_key = crop.stage_key and b.clip_id = p.clip_id
        where p.clip_id = of_clip
    ) q
$$;
comment on function catalog.clip_rank is
    'what makes one copy better than another: a larger picture, then more bits a second for each pixel of its video, then an older file; the lower its rank the better, and of equals the one with the lower id';

create or replace view catalog.duplicate_limit as
select u.run_id, k.stage_key,
       (o.body -> 'duplicates' -> 'similarity' ->> l.kind)::real as similarity,
       (o.body -> 'duplicates' -> 'same_video' ->> l.kind)::real as same_video
from catalog.run u
join catalog.policy o on o.policy_hash = u.policy_hash
join catalog.run_key k on k.run_id = u.run_id and k.name = 'dedup'
join catalog.run_key e on e.run_id = u.run_id and e.name = 'embed.embedding'
cross join lateral (
    select case when e.fingerprint ->> 'model' = 'signal' then 'signal' else 'model' end as kind
) l
where u.cluster_key is not null;
comment on view catalog.duplicate_limit is
    'from which similarity on two clips count as copies under a run''s policy, those of one video apart; null for never';

create or replace view catalog.counted_pair as
select l.run_id, p.clip_a, p.clip_b, p.similarity, p.sequence
from catalog.duplicate_limit l
join catalog.pair p on p.stage_key = l.stage_key and p.similarity >= least(l.similarity, l.same_video)
join catalog.clip a on a.clip_id = p.clip_a
join catalog.clip b on b.clip_id = p.clip_b
where p.similarity >= case when a.video_id = b.video_id then l.same_video else l.similarity end;
comment on view catalog.counted_pair is 'pairs of clips that count as copies of one another under a run''s policy';

create or replace function catalog.gather_clusters(of_run text)
returns table (clips bigint, pair_sequence bigint)
language plpgsql volatile
set client_min_messages = warning
set work_mem = '128MB'
as $$
declare
    u record;
    newest bigint;
begin
    drop table if exists pg_temp.edge, pg_temp.candidate, pg_temp.touched;
    select r.run_id, r.cluster_key, r.policy_hash, r.basis, coalesce(p.pair_sequence, 0) as seen into u
    from catalog.run r left join catalog.cluster_pass p on p.cluster_key = r.cluster_key
    where r.run_id = of_run;
    -- First: what comes while we look is looked at the next time.
    select coalesce(max(p.sequence), 0) into newest
    from catalog.run_key k join catalog.pair p on p.stage_key = k.stage_key
    where k.run_id = of_run and k.name = 'dedup';

    create temp table edge on commit drop as
    select clip_a, clip_b, similarity, sequence from catalog.counted_pair where run_id = of_run;
    create index on pg_temp.edge (clip_a);
    create index on pg_temp.edge (clip_b);
    analyze pg_temp.edge;

    -- Those with a copy anywhere that may be used, that the policy keeps and that can be validated and encoded: others are no use to
    -- stand for any.
    create temp table candidate on commit drop as
    select n.clip_id
    from (select clip_a as clip_id from pg_temp.edge union select clip_b from pg_temp.edge) n
    join catalog.usable_clip(of_run) c on c.clip_id = n.clip_id
    join catalog.verdict_current d
        on d.policy_hash = u.policy_hash and d.basis = u.basis and d.clip_id = n.clip_id and d.outcome = 'keep'
    where not exists (
        select from catalog.run_key k
        join catalog.failure_open f on f.stage_key = k.stage_key and f.subject_id = n.clip_id
        where k.run_id = of_run and k.name in ('validate', 'caption', 'transcode')
    );
    create unique index on pg_temp.candidate (clip_id);
    analyze pg_temp.candidate;

    create temp table touched on commit drop as
    select coalesce(c.clip_id, m.clip_id) as clip_id
    from pg_temp.candidate c
    full join (select clip_id from catalog.cluster_current where cluster_key = u.cluster_key) m on m.clip_id = c.clip_id
    where c.clip_id is null or m.clip_id is null
    union
    select c.clip_id
    from pg_temp.edge e
    join pg_temp.candidate c on c.clip_id in (e.clip_a, e.clip_b)
    where e.sequence > u.seen;
    create unique index on pg_temp.touched (clip_id);

    insert into pg_temp.touched
    with recursive reached as (
        select clip_id from pg_temp.touched
        union
        select c.clip_id
        from reached r
        cross join lateral (
            select clip_b as clip_id from pg_temp.edge where clip_a = r.clip_id
            union all
            select clip_a from pg_temp.edge where clip_b = r.clip_id
        ) n
        join pg_temp.candidate c on c.clip_id = n.clip_id
    )
    select clip_id from reached
    on conflict do nothing;
    analyze pg_temp.touched;
    return query select count(*), newest from pg_temp.touched;
end
$$;
comment on function catalog.gather_clusters is
    'puts into temporary tables the clips whose clusters have to be settled anew, those of their components with them, and the pairs between them; how many clips, and the newest pair';
