-- What a video's own manifest says on training; the same bytes say the same.
insert into catalog.training_claim (video_id, entries, refusal, problem, stage_run_id)
values (:video, cast(:entries as jsonb), :refusal, :problem, :stage_run_id)
on conflict (video_id) do nothing
