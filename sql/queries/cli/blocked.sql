-- Why a run may not use a video, or a clip of it.
select reason, detail from catalog.run_blocked(:run)
where subject_id in (cast(:video as uuid), cast(:clip as uuid))
order by reason desc, detail
