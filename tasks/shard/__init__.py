"""Packs the clips that a run keeps into WebDataset tars by resolution, aspect ratio and length."""
