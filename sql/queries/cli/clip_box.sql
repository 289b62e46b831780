-- The box that a run uses of a clip.
select b.x_px, b.y_px, b.width_px, b.height_px, b.confidence, b.stage_key, b.stage_run_id
from catalog.run_key k
join catalog.crop_box b on b.stage_key = k.stage_key and b.clip_id = :clip
where k.run_id = :run and k.name = 'crop'
