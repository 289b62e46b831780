"""Shot detectors of others, fed with frames that this project decodes."""
