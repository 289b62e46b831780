"""Finds the shots of a video and cuts it into clips."""

from tasks.split.video import Split, as_json, split_video

__all__ = ["Split", "as_json", "split_video"]
