-- Of captions and answers of models: what is in the catalog no more.
update catalog.takedown_object o
set removed_at = now()
where o.takedown_id = :takedown and o.kind in ('captions', 'answers') and o.removed_at is null
