-- Another dataset that lies at the same place.
select name from catalog.dataset where store_url = :store_url and name <> :name limit 1
