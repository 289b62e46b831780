-- How many of the clips in question that a version has are among those that an export left out.
select count(*)
from catalog.version_clip v
join catalog.clip c on c.clip_id = v.clip_id
where v.dataset_id = :dataset and v.version = :version and v.clip_id = any(cast(:left_out as uuid[]))
  and case :subject
          when 'clip' then c.clip_id = :id
          when 'video' then c.video_id = :id
          else exists (select from catalog.video_location l where l.video_id = c.video_id and l.source_id = :id)
      end
