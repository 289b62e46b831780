-- The last encoded clip of the page that begins after a clip; none where fewer are left than a page has.
select clip_id from catalog.rendition
where stage_key = :key and clip_id > :after
order by clip_id
offset :page - 1
limit 1
