-- Where the datasets of a name lie.
select store_url from catalog.dataset where name = :name order by store_url
