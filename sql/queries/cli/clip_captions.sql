-- All that has been said of a clip: windows of each of its captions, those of the run first.
select n.caption_id, n.model, n.prompt_hash, n.prompt_tokens, n.answer_tokens, n.recorded_at, n.released_at, n.stage_key,
       n.stage_run_id,
       n.stage_key in (select stage_key from catalog.run_key where run_id = :run) as is_of_run,
       (
           select coalesce(jsonb_agg(to_jsonb(w) - 'caption_id' - 'ordinal' order by w.ordinal), '[]')
           from catalog.caption_window w where w.caption_id = n.caption_id
       ) as windows
from catalog.caption n
where n.clip_id = :clip
order by is_of_run desc, n.released_at is not null, n.recorded_at desc
