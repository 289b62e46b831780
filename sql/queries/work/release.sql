-- Frees what a batch has done under the given keys.
delete from catalog.reservation
where batch_id = :batch and fence = :fence and stage_key = any(cast(:keys as uuid[]))
