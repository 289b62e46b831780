"""The networks that take all pictures of a clip together, and so see how it moves."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tasks.models.device import Device
from tasks.models.encoder import Clip, Vectors, clip_by_clip
from tasks.models.preparation import read_preparation


class VideoBackbone:
    """A V-JEPA 2 checkpoint of a folder: the mean of what it says of all parts of a clip. It knows no words."""

    def __init__(self, folder: Path) -> None:
        self.device = Device()
        self._model = self.device.model(folder)
        self.preparation = read_preparation(folder)

    def vectors_of(self, clips: Sequence[Clip]) -> list[Vectors]:
        """One vector of each clip; pictures come as `preparation` makes them."""
        return clip_by_clip(clips, self._count, self._vectors_of_clips)

    def _count(self, pictures: int) -> int:
        """It takes pictures by twos, and no more of them than in its training."""
        step, most = self._model.config.tubelet_size, self._model.config.frames_per_clip
        return int(min(-(-pictures // step) * step, most))

    def _vectors_of_clips(self, clips: Sequence[Clip]) -> Vectors:
        """Of clips of as many pictures."""
        with self.device.torch.inference_mode():
            pixels = self.device.pixels([picture for clip in clips for picture in clip], self.preparation)
            videos = pixels.view(len(clips), -1, *pixels.shape[1:])
            return self.device.unit(self._model.get_vision_features(videos).float().mean(dim=1))


class CosmosBackbone:
    """A Cosmos-Embed1 checkpoint of a folder, which brings its own code: one vector of a clip, or of words."""

    def __init__(self, folder: Path) -> None:
        self.device = Device()
        if self.device.name == "cuda":  # its layers for words do not work in float16
            self.device.dtype = self.device.torch.bfloat16
        self._model = self.device.model(folder, trust_remote_code=True, use_safetensors=True)
        self._prepare = self.device.read(self.device.transformers.AutoProcessor, folder, trust_remote_code=True)
        self.preparation = read_preparation(folder)

    def vectors_of(self, clips: Sequence[Clip]) -> list[Vectors]:
        """One vector of each clip, of as many pictures as the network is made for; they come as `preparation` says."""
        return clip_by_clip(clips, lambda _: int(self._prepare.num_video_frames), self._vectors_of_clips)

    def _vectors_of_clips(self, clips: Sequence[Clip]) -> Vectors:
        videos = np.stack([np.stack(clip) for clip in clips]).transpose(0, 1, 4, 2, 3)
        with self.device.torch.inference_mode():
            prepared = self._there(self._prepare(videos=videos, return_tensors="pt"))
            return self.device.unit(self._model.get_video_embeddings(**prepared).visual_proj)

    def vectors_of_words(self, texts: Sequence[str]) -> Vectors:
        """One vector per text, to compare with those of clips."""
        with self.device.torch.inference_mode():
            prepared = self._there(self._prepare(text=list(texts), return_tensors="pt"))
            return self.device.unit(self._model.get_text_embeddings(**prepared).text_proj)

    def _there(self, prepared: Any) -> dict[str, Any]:
        """The tensors on the device; those that hold no whole numbers in its precision."""
        return {
            name: one.to(self.device.name, self.device.dtype if one.is_floating_point() else None)
            for name, one in prepared.items()
        }
