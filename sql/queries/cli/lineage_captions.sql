-- The captions of a clip under a run, window by window.
select captions from catalog.run_caption where run_id = :run and clip_id = :clip
