-- A file that is gone was not compared.
delete from catalog.compared_file where store_url = :store_url and object_key = :object_key
