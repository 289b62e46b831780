-- The state of the clips of one video (or of one of them) under a run.
select clip_id, state, reason, stage from catalog.clip_state(:run)
where video_id = :video and (cast(:clip as uuid) is null or clip_id = :clip)
