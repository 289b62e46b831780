-- Encoded clips of one page that have no cell yet under the run's bins, with what decides it.
select r.clip_id, r.width_px, r.height_px, r.duration_s,
       (
           select jsonb_agg(s.numbers)
           from catalog.run_key k
           join catalog.score s on s.stage_key = k.stage_key and s.clip_id = r.clip_id
           where k.run_id = :run and k.name in ('filter.content_type', 'embed.zero_shot')
       ) as scores
from catalog.rendition r
where r.stage_key = :key
  and r.clip_id > :after
  and r.clip_id <= :until
  and not exists (select from catalog.placement p where p.stage_key = :place and p.clip_id = r.clip_id)
  and exists (select from catalog.run_survivor v where v.run_id = :run and v.clip_id = r.clip_id)
