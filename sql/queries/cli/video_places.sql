-- Every place where a video's bytes lie now.
select path, uri from catalog.location_current where video_id = :video order by seen_at, path
