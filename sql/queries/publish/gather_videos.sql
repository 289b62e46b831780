-- What is said of the videos of these clips: what video_terms and metadata_of say of one, joined at once; a test holds
-- them together.
create temp table told on commit drop as
with wanted as materialized (
    select distinct video_id from pg_temp.lying
),
terms as (
    select distinct on (l.video_id) l.video_id, s.name as source, coalesce(l.terms ->> 'licence', t.licence) as licence
    from catalog.location_current l
    join catalog.run_source rs on rs.run_id = :run and rs.source_id = l.source_id
    join catalog.source s on s.source_id = l.source_id
    left join catalog.source_terms_current t on t.source_id = l.source_id
    where l.video_id in (select video_id from wanted)
    order by l.video_id, s.name collate "C", t.licence collate "C",
             coalesce(l.terms ->> 'licence', t.licence) collate "C"
),
own as (
    select distinct on (l.video_id) l.video_id, l.metadata
    from catalog.location_current l
    where l.metadata is not null and l.video_id in (select video_id from wanted)
    order by l.video_id, l.seen_at desc, l.location_id
)
select w.video_id, t.source, t.licence,
       case when octet_length(o.metadata::text) <= 4096 then o.metadata::text end as metadata
from wanted w
left join terms t on t.video_id = w.video_id
left join own o on o.video_id = w.video_id
