-- Where a file lies.
insert into catalog.video_location (location_id, source_id, video_id, uri, path, size_bytes, modified_at, stage_run_id)
values (:location, :source, :video, :uri, :path, :size_bytes, :modified_at, :stage_run_id)
on conflict (location_id) do nothing
