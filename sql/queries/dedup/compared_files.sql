-- Files whose vectors the index should hold.
select store_url, object_key from catalog.compared_file where stage_key = :key order by store_url, object_key
