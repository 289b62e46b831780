-- The state of a video under a run.
select state, reason, message from catalog.video_state(:run)
where video_id = :video and state <> 'duplicate_file'
limit 1
