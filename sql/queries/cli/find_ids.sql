-- Clips and videos whose id lies between two ids, which is what beginning with the same digits means.
(select 'clip' as kind, clip_id as id, null as path from catalog.clip
 where clip_id between cast(:low as uuid) and cast(:high as uuid) order by clip_id limit 5)
union all
(select 'video', v.video_id, (select min(l.path) from catalog.location_current l where l.video_id = v.video_id)
 from catalog.video v
 where v.video_id between cast(:low as uuid) and cast(:high as uuid) order by v.video_id limit 5)
