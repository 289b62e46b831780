"""The code in the images: one package per stage on one small core."""
