-- How far a batch has come in listing its source.
insert into catalog.listing (batch_id, source_id, cursor, listed, is_whole)
values (:batch, :source, :cursor, :listed, :is_whole)
on conflict (batch_id) do update
set cursor = excluded.cursor, listed = excluded.listed, is_whole = excluded.is_whole, updated_at = now()
