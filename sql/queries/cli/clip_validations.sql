-- What models were asked about a clip and said, under the run's settings and any others; the newest first.
select v.model, v.prompt_sha256, v.answers, v.text, v.unmeasured, v.attempts, v.picture_count, v.prompt_tokens,
       v.answer_tokens, v.wait_s, v.recorded_at, v.stage_key, v.stage_run_id,
       exists (select from catalog.run_key k where k.run_id = :run and k.stage_key = v.stage_key) as is_of_run
from catalog.validation v
where v.clip_id = :clip
order by v.recorded_at desc
