"""A published version as its readers see it, and the card that goes with it; never out of the catalog."""
