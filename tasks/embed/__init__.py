"""Turns clips into vectors, and reads model scores off the same pictures: one decode, one pass of each network."""
