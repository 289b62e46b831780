-- Takes away what models answered about the clips; the scores made of it are numbers, and stay.
delete from catalog.validation a using pg_temp.target_clip c where a.clip_id = c.clip_id
