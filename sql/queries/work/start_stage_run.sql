-- One stage begins on one batch.
insert into catalog.stage_run (stage_run_id, run_id, stage, batch_id, host, image, code_revision)
values (:stage_run_id, :run, :stage, :batch, :host, :image, :code_revision)
