"""Registers a run with the keys of all its stages, judges, reserves what is pending and cuts balanced batches."""
