"""Publishes versions of a dataset: a content-only manifest, an index and its provenance, by one atomic step."""
