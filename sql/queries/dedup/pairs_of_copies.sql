-- Whoever has the vector of another is alike with all that the other is alike with: the index holds each vector once.
with copy as (
    select copied_from as owner_id, clip_id
    from catalog.embedding
    where stage_key = :embedding_key and copied_from is not null
),
member as (
    select owner_id, clip_id from copy
    union
    select owner_id, owner_id from copy
),
found as (
    select m.clip_id as one, coalesce(n.clip_id, p.other_id) as other, p.similarity
    from (
        select clip_a as owner_id, clip_b as other_id, similarity from catalog.pair where stage_key = :key
        union all
        select clip_b, clip_a, similarity from catalog.pair where stage_key = :key
    ) p
    join member m on m.owner_id = p.owner_id
    left join member n on n.owner_id = p.other_id
    union all
    select m.clip_id, n.clip_id, 1
    from member m
    join member n on n.owner_id = m.owner_id
)
insert into catalog.pair (stage_key, clip_a, clip_b, similarity, stage_run_id)
select distinct on (least(f.one, f.other), greatest(f.one, f.other))
    cast(:key as uuid), least(f.one, f.other), greatest(f.one, f.other), f.similarity, cast(:stage_run_id as uuid)
from found f
where f.one <> f.other
  and not exists (
      select from catalog.pair p
      where p.stage_key = :key and p.clip_a = least(f.one, f.other) and p.clip_b = greatest(f.one, f.other)
  )
on conflict do nothing
