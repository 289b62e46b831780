-- One stage begins on one batch.
insert into catalog.stage_run (stage_run_id, run_id, stage, batch_id, phase, host, image, code_revision)
values (:stage_run_id, :run, :stage, :batch, :phase, :host, :image, :code_revision)
