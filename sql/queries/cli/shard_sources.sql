-- The sources that a shard's clips come from, and how many clips and videos of each.
select s.source_id, s.name, s.uri as source_uri, n.clips, n.videos,
       t.licence, t.rights, t.evidence, t.contact, t.commercial, t.redistribution, t.derivative
from (
    select l.source_id, count(*) as clips, count(distinct c.video_id) as videos
    from catalog.shard_member m
    join catalog.clip c using (clip_id)
    cross join lateral (
        select source_id from catalog.video_location l where l.video_id = c.video_id order by l.seen_at, l.path limit 1
    ) l
    where m.shard_id = :shard
    group by l.source_id
) n
join catalog.source s using (source_id)
left join catalog.source_terms_current t using (source_id)
order by n.clips desc, s.name
