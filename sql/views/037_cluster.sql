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

create or replace function catalog.alike(of_run text, of_clip uuid)
returns table (clip_id uuid, similarity real)
language sql stable as $$
    with asked as (
        select k.stage_key, e.stage_key as embedding_key, coalesce(v.copied_from, of_clip) as vector_id
        from catalog.run_key k
        join catalog.run_key e on e.run_id = k.run_id and e.name = 'embed.embedding'
        left join catalog.embedding v on v.stage_key = e.stage_key and v.clip_id = of_clip
        where k.run_id = of_run and k.name = 'dedup'
    ),
    near as (
        select a.embedding_key, p.clip_b as vector_id, p.similarity
        from asked a join catalog.pair p on p.stage_key = a.stage_key and p.clip_a = a.vector_id
        union all
        select a.embedding_key, p.clip_a, p.similarity
        from asked a join catalog.pair p on p.stage_key = a.stage_key and p.clip_b = a.vector_id
        union all
        select a.embedding_key, a.vector_id, 1 from asked a
    )
    select c.clip_id, max(n.similarity)
    from near n
    cross join lateral (
        select n.vector_id as clip_id
        union all
        select e.clip_id from catalog.embedding e where e.stage_key = n.embedding_key and e.copied_from = n.vector_id
    ) c
    where c.clip_id <> of_clip
    group by c.clip_id
$$;
comment on function catalog.alike is
    'the clips that one is alike with, down to the floor: those whose vectors are paired with its own, and those that have the same vector';

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
    drop table if exists pg_temp.sharing, pg_temp.edge, pg_temp.candidate, pg_temp.touched;
    select r.run_id, r.cluster_key, r.policy_hash, r.basis, coalesce(p.pair_sequence, 0) as seen into u
    from catalog.run r left join catalog.cluster_pass p on p.cluster_key = r.cluster_key
    where r.run_id = of_run;
    -- First: what comes while we look is looked at the next time.
    select coalesce(max(p.sequence), 0) into newest
    from catalog.run_key k join catalog.pair p on p.stage_key = k.stage_key
    where k.run_id = of_run and k.name = 'dedup';

    -- Clips of the same footage have one vector. Its pairs are theirs, and they are each other's: so many squared, which
    -- are told by the vector alone.
    create temp table sharing on commit drop as
    with copy as (
        select e.copied_from as vector_id, e.clip_id
        from catalog.run_key k
        join catalog.embedding e on e.stage_key = k.stage_key and e.copied_from is not null
        where k.run_id = of_run and k.name = 'embed.embedding'
    )
    select vector_id, clip_id from copy
    union
    select vector_id, vector_id from copy;
    create unique index on pg_temp.sharing (clip_id);
    create index on pg_temp.sharing (vector_id);
    analyze pg_temp.sharing;

    -- Pairs of vectors. Whether they count, where clips of one video have a limit of their own, is told here for those that one
    -- clip each has.
    create temp table edge on commit drop as
    select coalesce(x.vector_id, p.clip_a) as vector_a, coalesce(y.vector_id, p.clip_b) as vector_b,
           p.similarity, p.sequence
    from catalog.duplicate_limit l
    join catalog.pair p on p.stage_key = l.stage_key and p.similarity >= least(l.similarity, l.same_video)
    join catalog.clip a on a.clip_id = p.clip_a
    join catalog.clip b on b.clip_id = p.clip_b
    left join pg_temp.sharing x on x.clip_id = p.clip_a
    left join pg_temp.sharing y on y.clip_id = p.clip_b
    where l.run_id = of_run
      and (
          x.vector_id is not null
          or y.vector_id is not null
          or p.similarity >= case when a.video_id = b.video_id then l.same_video else l.similarity end
      )
    union all
    select distinct s.vector_id, s.vector_id, 1::real, 0::bigint
    from pg_temp.sharing s
    join catalog.duplicate_limit l on l.run_id = of_run and least(l.similarity, l.same_video) <= 1;
    create index on pg_temp.edge (vector_a);
    create index on pg_temp.edge (vector_b);
    analyze pg_temp.edge;

    -- Those with a copy anywhere that may be used, that the policy keeps and that can be validated and encoded: others are no use to
    -- stand for any.
    create temp table candidate on commit drop as
    select c.clip_id, n.vector_id
    from (
        select v.vector_id, coalesce(s.clip_id, v.vector_id) as clip_id
        from (select vector_a as vector_id from pg_temp.edge union select vector_b from pg_temp.edge) v
        left join pg_temp.sharing s on s.vector_id = v.vector_id
    ) n
    join catalog.usable_clip(of_run) c on c.clip_id = n.clip_id
    join catalog.verdict_current d
        on d.policy_hash = u.policy_hash and d.basis = u.basis and d.clip_id = n.clip_id and d.outcome = 'keep'
    where not exists (
        select from catalog.run_key k
        join catalog.failure_open f on f.stage_key = k.stage_key and f.subject_id = n.clip_id
        where k.run_id = of_run and k.name in ('validate', 'caption', 'transcode')
    );
    create unique index on pg_temp.candidate (clip_id);
    create index on pg_temp.candidate (vector_id);
    analyze pg_temp.candidate;

    create temp table touched on commit drop as
    select coalesce(c.clip_id, m.clip_id) as clip_id
    from pg_temp.candidate c
    full join (select clip_id from catalog.cluster_current where cluster_key = u.cluster_key) m on m.clip_id = c.clip_id
    where c.clip_id is null or m.clip_id is null
    union
    select c.clip_id
    from pg_temp.edge e
    join pg_temp.candidate c on c.vector_id in (e.vector_a, e.vector_b)
    where e.sequence > u.seen;
    create unique index on pg_temp.touched (clip_id);

    insert into pg_temp.touched
    with recursive reached as (
        select coalesce(s.vector_id, t.clip_id) as vector_id
        from pg_temp.touched t left join pg_temp.sharing s on s.clip_id = t.clip_id
        union
        select n.vector_id
        from reached r
        cross join lateral (
            select vector_b as vector_id from pg_temp.edge where vector_a = r.vector_id
            union all
            select vector_a from pg_temp.edge where vector_b = r.vector_id
        ) n
        where exists (select from pg_temp.candidate c where c.vector_id = n.vector_id)
    )
    select c.clip_id from reached r join pg_temp.candidate c on c.vector_id = r.vector_id
    on conflict do nothing;
    analyze pg_temp.touched;
    return query select count(*), newest from pg_temp.touched;
end
$$;
comment on function catalog.gather_clusters is
    'puts into temporary tables the clips whose clusters have to be settled anew, those of their components with them, and the pairs between their vectors; how many clips, and the newest pair';
