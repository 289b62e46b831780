"""Takedowns: what hangs on a clip, a video or a source, blocking it, removing its bytes, and the proof of that."""
