"""Lists a source, records its licence and rights, hashes and probes every file; fetches what does not lie in place."""
