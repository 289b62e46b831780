-- What a video's own manifest says on training.
select entries, refusal, problem, stage_run_id from catalog.training_claim where video_id = :video
