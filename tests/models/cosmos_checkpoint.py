"""A checkpoint of a few random weights that brings its own code, with the files and the interface of Cosmos-Embed1."""

import json
from pathlib import Path
from typing import Any

from tests.models.checkpoints import DIMENSION, save_tokenizer

PICTURES = 8

CONFIGURATION = """
from transformers import PretrainedConfig


class CosmosEmbed1Config(PretrainedConfig):
    model_type = "cosmos-embed1"

    def __init__(self, resolution=32, embed_dim=24, words=12, **others):
        super().__init__(**others)
        self.resolution, self.embed_dim, self.words = resolution, embed_dim, words
"""

MODELING = """
import torch
from transformers import PreTrainedModel

from .configuration_embed1 import CosmosEmbed1Config
from .modeling_outputs import TextOutput, VideoOutput


class CosmosEmbed1(PreTrainedModel):
    config_class = CosmosEmbed1Config

    def __init__(self, config):
        super().__init__(config)
        self.times = torch.nn.Linear(3 * config.resolution**2, config.embed_dim)
        self.words = torch.nn.Embedding(config.words, config.embed_dim)
        self.post_init()

    def get_video_embeddings(self, videos):
        weight = torch.arange(1, videos.shape[1] + 1, dtype=videos.dtype, device=videos.device)
        return VideoOutput(visual_proj=(self.times(videos.flatten(2)) * weight[:, None]).sum(dim=1))

    def get_text_embeddings(self, input_ids, attention_mask):
        return TextOutput(text_proj=(self.words(input_ids) * attention_mask[..., None]).sum(dim=1))
"""

OUTPUTS = """
from dataclasses import dataclass
from typing import Any

from transformers.utils import ModelOutput


@dataclass
class VideoOutput(ModelOutput):
    visual_proj: Any = None


@dataclass
class TextOutput(ModelOutput):
    text_proj: Any = None
"""

PREPROCESSING = """
import torch
from transformers import BatchFeature, ProcessorMixin


class CosmosEmbed1Processor(ProcessorMixin):
    attributes = ["tokenizer"]
    tokenizer_class = "AutoTokenizer"

    def __init__(self, tokenizer=None, resolution=32, num_video_frames=8, max_txt_len=16, **others):
        super().__init__(tokenizer)
        self.resolution, self.num_video_frames, self.max_txt_len = resolution, num_video_frames, max_txt_len

    def __call__(self, videos=None, text=None, return_tensors=None):
        if videos is None:
            words = self.tokenizer(text, padding="max_length", max_length=self.max_txt_len, return_tensors="pt")
            return BatchFeature({name: words[name] for name in ("input_ids", "attention_mask")})
        if videos.shape[1:] != (self.num_video_frames, 3, self.resolution, self.resolution):
            raise ValueError(f"videos are of shape {videos.shape}")
        return BatchFeature({"videos": torch.as_tensor(videos).float() / 127.5 - 1})
"""


def save_cosmos(folder: Path, side_px: int = 32) -> Any:
    """A tiny network of that interface with its processor and tokenizer; the model itself."""
    import torch
    from transformers.dynamic_module_utils import get_class_from_dynamic_module

    words = save_tokenizer(folder)
    for name, code in (("configuration_embed1", CONFIGURATION), ("modeling_embed1", MODELING),
                       ("modeling_outputs", OUTPUTS), ("preprocessing_embed1", PREPROCESSING)):  # fmt: skip
        (folder / f"{name}.py").write_text(code)
    torch.manual_seed(7)
    kind = get_class_from_dynamic_module("modeling_embed1.CosmosEmbed1", str(folder), local_files_only=True)
    model = kind(kind.config_class(resolution=side_px, embed_dim=DIMENSION, words=words)).eval()
    model.save_pretrained(folder, max_shard_size="8KB")
    _say(folder / "config.json", AutoConfig="configuration_embed1.CosmosEmbed1Config",
         AutoModel="modeling_embed1.CosmosEmbed1")  # fmt: skip
    said = {"processor_class": "CosmosEmbed1Processor", "resolution": side_px, "num_video_frames": PICTURES}
    (folder / "processor_config.json").write_text(json.dumps({**said, "max_txt_len": 16}))
    _say(folder / "processor_config.json", AutoProcessor="preprocessing_embed1.CosmosEmbed1Processor")
    return model


def _say(path: Path, **auto_map: str) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), "auto_map": auto_map}))
