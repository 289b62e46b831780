-- A file by its bytes; a later, better look fills in what an earlier one could not read.
insert into catalog.video (video_id, sha256, size_bytes, info, duration_s, stage_run_id)
values (:video, :sha256, :size_bytes, cast(:info as jsonb), :duration_s, :stage_run_id)
on conflict (video_id) do update
set info = excluded.info, duration_s = excluded.duration_s, stage_run_id = excluded.stage_run_id
where video.info is null and excluded.info is not null
