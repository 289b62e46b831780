-- What was found and removed.
insert into catalog.takedown_proof (takedown_id, body) values (:takedown, cast(:body as jsonb))
