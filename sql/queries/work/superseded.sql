-- Whether a newer process of the same batch works on it.
select exists (
    select from catalog.reservation where stage_key = :key and batch_id = :batch and fence > :fence
)
