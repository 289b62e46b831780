"""Vision-language checkpoints of a few random weights, saved as transformers saves real ones."""

import json
from pathlib import Path
from typing import Any

_SPECIAL = [
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>"),
    *("<|video_pad|>", "<image>", "<fake_token_around_image>", "<global-img>", "<end_of_utterance>", "<video>"),
]
_QWEN_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{% for c in m['content'] %}"
    "{% if c['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif c['type'] == 'video' %}<|vision_start|><|video_pad|><|vision_end|>"
    "{% else %}{{ c['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
)
_SMOL_TEMPLATE = (
    "{% for m in messages %}User:{% for c in m['content'] %}{% if c['type'] == 'image' %}<image>"
    "{% elif c['type'] == 'video' %}<video>{% else %}{{ c['text'] }}{% endif %}{% endfor %}<end_of_utterance>\n"
    "{% endfor %}Assistant:"
)
_TEXT = {
    "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 2048,
}  # fmt: skip
_SIDES = {"size": {"shortest_edge": 56 * 56, "longest_edge": 112 * 112}}
_SMOL_SIDE_PX = 64
FAMILIES = ("qwen2_5_vl", "qwen3_vl", "smolvlm")


def save_language_model(family: str, folder: Path, *, ends_soon: bool = True) -> None:
    """A tiny checkpoint of a family; `ends_soon` makes every second token one that ends an answer."""
    import torch

    torch.manual_seed(7)
    folder.mkdir(parents=True, exist_ok=True)
    ids = _save_tokenizer(folder, _SMOL_TEMPLATE if family == "smolvlm" else _QWEN_TEMPLATE)
    model = {"qwen2_5_vl": _qwen25, "qwen3_vl": _qwen3, "smolvlm": _smol}[family](folder, ids)
    ends = range(0, len(ids), 2) if ends_soon else [ids["<|im_end|>"]]
    model.generation_config.eos_token_id = list(ends)
    model.generation_config.pad_token_id = ids["<|endoftext|>"]
    with torch.no_grad():  # as they are begun with they say the same to everything
        for weights in model.parameters():
            weights.mul_(10 if weights.ndim > 1 else 1)
    model.eval().save_pretrained(folder)


def _save_tokenizer(folder: Path, template: str) -> dict[str, int]:
    """A tokenizer of single bytes; its tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = {letter: at for at, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(vocab=letters, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(_SPECIAL)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    fast.save_pretrained(folder)
    (folder / "chat_template.json").write_text(json.dumps({"chat_template": template}))
    return dict(tokenizer.get_vocab())


def _qwen_tokens(ids: dict[str, int]) -> dict[str, int]:
    names = {"image": "image_pad", "video": "video_pad", "vision_start": "vision_start", "vision_end": "vision_end"}
    return {f"{name}_token_id": ids[f"<|{token}|>"] for name, token in names.items()}


def _qwen25(folder: Path, ids: dict[str, int]) -> Any:
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    vision = {
        "depth": 2, "hidden_size": 32, "intermediate_size": 64, "num_heads": 4, "patch_size": 14,
        "out_hidden_size": 32, "fullatt_block_indexes": [1], "window_size": 56,
    }  # fmt: skip
    rope = {"rope_type": "default", "mrope_section": [1, 1, 2]}
    text = {**_TEXT, "vocab_size": len(ids), "rope_scaling": rope}
    Qwen2VLImageProcessorPil(**_SIDES).save_pretrained(folder)
    config = Qwen2_5_VLConfig(text_config=text, vision_config=vision, **_qwen_tokens(ids))
    return Qwen2_5_VLForConditionalGeneration(config)


def _qwen3(folder: Path, ids: dict[str, int]) -> Any:
    from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    vision = {
        "depth": 2, "hidden_size": 32, "intermediate_size": 64, "num_heads": 4, "patch_size": 16,
        "out_hidden_size": 32, "deepstack_visual_indexes": [0], "num_position_embeddings": 64,
    }  # fmt: skip
    rope = {"rope_type": "default", "mrope_section": [2, 1, 1], "mrope_interleaved": True}
    text = {**_TEXT, "vocab_size": len(ids), "head_dim": 8, "rope_scaling": rope}
    Qwen2VLImageProcessorPil(**_SIDES, patch_size=16).save_pretrained(folder)
    # As its processor writes it, which needs torchvision.
    video = {"video_processor_type": "Qwen3VLVideoProcessor", **_SIDES, "patch_size": 16}
    (folder / "video_preprocessor_config.json").write_text(json.dumps(video))
    config = Qwen3VLConfig(text_config=text, vision_config=vision, **_qwen_tokens(ids))
    return Qwen3VLForConditionalGeneration(config)


def _smol(folder: Path, ids: dict[str, int]) -> Any:
    from transformers import SmolVLMConfig, SmolVLMForConditionalGeneration
    from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

    vision = {
        "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
        "image_size": _SMOL_SIDE_PX, "patch_size": 16,
    }  # fmt: skip
    text = {**_TEXT, "vocab_size": len(ids), "model_type": "llama", "pad_token_id": ids["<|endoftext|>"]}
    edge = {"longest_edge": _SMOL_SIDE_PX}
    SmolVLMImageProcessorPil(size=edge, max_image_size=edge).save_pretrained(folder)
    tokens = {"image_seq_len": (_SMOL_SIDE_PX // 16) ** 2 // 4, "processor_class": "SmolVLMProcessor"}
    (folder / "processor_config.json").write_text(json.dumps(tokens))
    config = SmolVLMConfig(
        text_config=text, vision_config=vision, scale_factor=2, image_token_id=ids["<image>"],
        pad_token_id=ids["<|endoftext|>"],
    )  # fmt: skip
    return SmolVLMForConditionalGeneration(config)
