-- Captions that were released and came out the same again are current.
update catalog.caption set released_at = null, released_for = null
where caption_id = any(cast(:captions as uuid[])) and released_at is not null
