-- The dataset that a recipe makes.
insert into catalog.dataset (dataset_id, name, store_url) values (:dataset, :name, :store_url) on conflict do nothing
