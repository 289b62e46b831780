"""Lists a source, records its licence and rights, hashes and probes every file; refers to files, never copies them."""
