"""Checkpoints of a few random weights, saved as transformers saves real ones."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

DIMENSION = 24
_TOWER = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}


def save_clip(folder: Path, side_px: int = 32) -> Any:
    """A tiny CLIP with its processor and tokenizer; the model itself."""
    import torch
    from transformers import CLIPConfig, CLIPModel
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    torch.manual_seed(3)
    words = save_tokenizer(folder)
    text = {**_TOWER, "vocab_size": words, "max_position_embeddings": 77, "bos_token_id": 0, "eos_token_id": 1}
    vision = {**_TOWER, "image_size": side_px, "patch_size": 8}
    model = CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=DIMENSION)).eval()
    model.save_pretrained(folder)
    sides = {"height": side_px, "width": side_px}
    CLIPImageProcessorPil(size={"shortest_edge": side_px}, crop_size=sides).save_pretrained(folder)
    return model


def save_siglip(folder: Path, side_px: int = 32) -> Any:
    """A tiny SigLIP, of which SigLIP 2 at a fixed size is one, likewise."""
    import torch
    from transformers import SiglipConfig, SiglipModel
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    torch.manual_seed(4)
    words = save_tokenizer(folder)
    text = {**_TOWER, "vocab_size": words, "max_position_embeddings": 64, "projection_size": 32}
    vision = {**_TOWER, "image_size": side_px, "patch_size": 8}
    model = SiglipModel(SiglipConfig(text_config=text, vision_config=vision)).eval()
    model.save_pretrained(folder)
    SiglipImageProcessorPil(size={"height": side_px, "width": side_px}).save_pretrained(folder)
    return model


def save_vjepa2(folder: Path, side_px: int = 32) -> Any:
    """A tiny V-JEPA 2 that takes at most 8 pictures; the model itself."""
    import torch
    from transformers import VJEPA2Config, VJEPA2Model

    torch.manual_seed(6)
    tower = {"hidden_size": 36, "num_hidden_layers": 2, "num_attention_heads": 2, "mlp_ratio": 2.0}
    guess = {"pred_hidden_size": 36, "pred_num_hidden_layers": 1, "pred_num_attention_heads": 2}
    config = VJEPA2Config(**tower, **guess, patch_size=8, crop_size=side_px, frames_per_clip=8)
    model = VJEPA2Model(config).eval()
    model.save_pretrained(folder)
    # As its processor writes it, which needs torchvision.
    sides = {"crop_size": {"height": side_px, "width": side_px}, "size": {"shortest_edge": side_px * 256 // 224}}
    colours = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225], "do_center_crop": True}
    (folder / "video_preprocessor_config.json").write_text(json.dumps({**sides, **colours, "resample": 2}))
    return model


def save_t5(folder: Path) -> Any:
    """A tiny encoder of T5 with its tokenizer; the model itself."""
    import torch
    from transformers import T5Config, T5EncoderModel

    torch.manual_seed(7)
    sizes = {"d_model": DIMENSION, "d_kv": 6, "d_ff": 48, "num_layers": 2, "num_heads": 4}
    model = T5EncoderModel(T5Config(vocab_size=save_tokenizer(folder), pad_token_id=1, **sizes)).eval()
    model.save_pretrained(folder)
    return model


def save_tokenizer(folder: Path) -> int:
    """A tokenizer of whole words; how many it knows."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    known = ["<start>", "<end>", "<unknown>", "a", "photo", "of", "the", "road", "chart", "video", "frame", "outdoors"]
    tokenizer = Tokenizer(models.WordLevel({word: at for at, word in enumerate(known)}, unk_token="<unknown>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<start> $A <end>", special_tokens=[("<start>", 0), ("<end>", 1)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<start>", eos_token="<end>", unk_token="<unknown>", pad_token="<end>",
        model_max_length=64,
    )  # fmt: skip
    fast.save_pretrained(folder)
    return len(known)


def save_head(path: Path, *sizes: int) -> Any:
    """A head of random linear layers, as the published one is saved; the layers."""
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(5)
    layers = torch.nn.Sequential(*(torch.nn.Linear(a, b) for a, b in pairwise(sizes)))
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({f"layers.{name}": value for name, value in layers.state_dict().items()}, path)
    return layers
