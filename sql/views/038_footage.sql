-- Which clips show the same footage as another, so that one of them is embedded for all.
-- Such a match is no more than a reason to lend a vector; what counts as a copy, and which is kept, is for clusters.

create or replace function catalog.footage_words(bits bit) returns setof bigint
language sql immutable parallel safe as $$
    select (n::bigint << 32) | substring(bits from 32 * n + 1 for 32)::bit(32)::bigint from generate_series(0, 7) n
$$;
comment on function catalog.footage_words is 'the eight words of a hash, each with its place above it';

create or replace function catalog.gather_to_embed(of_run text) returns void
language plpgsql volatile
set client_min_messages = warning
as $$
begin
    drop table if exists pg_temp.to_embed;
    -- What judging has just found in this transaction lies in temporary tables. As in clip_unmeasured, sets that do not
    -- depend on the clip are hashed once.
    create temp table to_embed on commit drop as
    with scorer as materialized (
        select k.stage_key from catalog.run_key k where k.run_id = of_run and k.name like 'embed.%'
    )
    select c.clip_id
    from catalog.usable_clip(of_run) c
    where (
        c.clip_id in (
            select f.clip_id
            from pg_temp.found_clip f
            join pg_temp.found_verdict v
                on v.failed = f.failed and v.missing = f.missing and v.later = f.later and v.source = f.source
            where v.outcome = 'keep'
        )
        or c.clip_id in (
            select b.clip_id
            from catalog.run u
            join catalog.recipe e on e.recipe_hash = u.recipe_hash and (e.body -> 'embed' ->> 'score_all')::boolean
            join catalog.run_key k on k.run_id = u.run_id and k.name = 'crop'
            join catalog.crop_box b on b.stage_key = k.stage_key
            where u.run_id = of_run
        )
    )
      and c.clip_id not in (
          select m.clip_id
          from (
              select e.stage_key, e.clip_id from catalog.embedding e
              union all
              select s.stage_key, s.clip_id from catalog.score s
          ) m
          where m.stage_key = any(array(select stage_key from scorer))
          group by m.clip_id
          having count(*) = (select count(*) from scorer)
      )
      and c.clip_id not in (
          select f.subject_id
          from catalog.run_key k
          join catalog.failure_open f on f.stage_key = k.stage_key
          where k.run_id = of_run and k.name = 'embed'
      );
    create unique index on pg_temp.to_embed (clip_id);
    analyze pg_temp.to_embed;
end
$$;
comment on function catalog.gather_to_embed is
    'puts into the temporary table to_embed the clips that the scores so far let through, or all with a box where the recipe says so, and that embed has not finished';

create or replace function catalog.gather_footage(of_run text, most_bits int, most_apart_s double precision)
returns bigint
language plpgsql volatile
set client_min_messages = warning
set work_mem = '128MB'
as $$
declare
    hash_key uuid;
    pairs bigint;
begin
    drop table if exists pg_temp.own_word, pg_temp.shared_word, pg_temp.footage, pg_temp.footage_pair;
    perform catalog.gather_to_embed(of_run);
    select k.stage_key into hash_key
    from catalog.run_key k where k.run_id = of_run and k.name = 'filter.footage_hash';

    create temp table own_word on commit drop as
    select distinct w.word
    from pg_temp.to_embed t
    join catalog.footage_hash h on h.stage_key = hash_key and h.clip_id = t.clip_id
    cross join lateral catalog.footage_words(h.bits) w(word);
    analyze pg_temp.own_word;

    create temp table shared_word on commit drop as
    with known as materialized (
        select h.clip_id, w.word
        from catalog.footage_hash h
        cross join lateral catalog.footage_words(h.bits) w(word)
        where h.stage_key = hash_key and w.word in (select o.word from pg_temp.own_word o)
    )
    select k.clip_id, k.word
    from known k
    where k.word in (select n.word from known n group by n.word having count(*) > 1);
    analyze pg_temp.shared_word;

    -- The vector that is there already serves best, then the one that is being made, then that of the best copy.
    create temp table footage on commit drop as
    select n.clip_id, t.clip_id is not null as is_to_embed, p.video_id, p.duration_s, h.bits,
           row_number() over (
               order by t.clip_id is null desc, w.is_at_work desc, r.rank, n.clip_id
           ) as place
    from (select distinct s.clip_id from pg_temp.shared_word s) n
    join catalog.clip p on p.clip_id = n.clip_id
    join catalog.footage_hash h on h.stage_key = hash_key and h.clip_id = n.clip_id
    cross join lateral catalog.clip_rank(of_run, n.clip_id) r
    left join pg_temp.to_embed t on t.clip_id = n.clip_id
    cross join lateral (
        select exists (
            select from catalog.run_key k
            join catalog.reservation v on v.stage_key = k.stage_key and v.subject_id = n.clip_id
            where k.run_id = of_run and k.stage = 'embed' and v.run_id <> of_run and v.expires_at > now()
        ) as is_at_work
    ) w
    where p.video_id not in (select b.subject_id from catalog.run_blocked(of_run) b)
      and n.clip_id not in (select k.subject_id from catalog.takedown k)
      and (
          t.clip_id is not null
          or (
              catalog.unembedded(of_run, n.clip_id) is null
              and exists (
                  select from catalog.run_key k
                  join catalog.embedding e on e.stage_key = k.stage_key and e.clip_id = n.clip_id
                  where k.run_id = of_run and k.name = 'embed.embedding' and e.copied_from is null
              )
          )
      );
    create unique index on pg_temp.footage (clip_id);
    analyze pg_temp.footage;

    -- Of those that share a word each is held against the first alone: an opening that a thousand videos have would
    -- make a million pairs.
    create temp table footage_pair on commit drop as
    with head as (
        select distinct on (s.word) s.word, f.clip_id, f.video_id, f.duration_s, f.bits
        from pg_temp.shared_word s
        join pg_temp.footage f on f.clip_id = s.clip_id
        order by s.word, f.place
    )
    select distinct d.clip_id as leader_id, f.clip_id, bit_count(d.bits # f.bits)::int as differing_bits
    from head d
    join pg_temp.shared_word s on s.word = d.word
    join pg_temp.footage f on f.clip_id = s.clip_id and f.is_to_embed
    where f.video_id <> d.video_id
      and abs(f.duration_s - d.duration_s) <= most_apart_s
      and bit_count(d.bits # f.bits) <= most_bits;
    select count(*) into pairs from pg_temp.footage_pair;
    return pairs;
end
$$;
comment on function catalog.gather_footage is
    'puts into temporary tables the clips to embed, and pairs of them, or of one of them and one that has a vector, that show the same footage; how many pairs';
