-- How far a batch had come when it was stopped.
select cursor, listed, is_whole from catalog.listing where batch_id = :batch and source_id = :source
