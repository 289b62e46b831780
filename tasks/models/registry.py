"""Every model that a recipe may name."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tasks.core.errors import ModelMissing
from tasks.core.model_names import LANGUAGE_HUB_IDS, LICENCES, REVISIONS

_WEIGHTS = "model.safetensors"
_PICTURES = ("config.json", "preprocessor_config.json", _WEIGHTS)
_COSMOS = (
    *("config.json", "processor_config.json", "tokenizer_config.json", "vocab.txt", "model.safetensors.index.json"),
    *(f"model-{part:05}-of-00005.safetensors" for part in range(1, 6)),
    *("configuration_embed1.py", "preprocessing_embed1.py", "modeling_embed1.py", "modeling_outputs.py"),
    *("modeling_qformer.py", "modeling_utils.py", "modeling_vit.py"),
)

_LANGUAGE = ("config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json")
_SMOLVLM2 = (*_LANGUAGE, "processor_config.json")
_QWEN25_VL = _LANGUAGE
_QWEN3_VL = (*_LANGUAGE, "video_preprocessor_config.json")
_BESIDE_LANGUAGE = (
    *("generation_config.json", "chat_template.json", "chat_template.jinja", "added_tokens.json"),
    *("special_tokens_map.json", "vocab.json", "merges.txt", "video_preprocessor_config.json"),
)
"""What some of them keep in these files others keep in those that all have."""
_ANSWERS = ("validate", "caption")


def _parts(count: int) -> tuple[str, ...]:
    """The files of weights that are saved in so many parts."""
    return (
        "model.safetensors.index.json",
        *(f"model-{part:05}-of-{count:05}.safetensors" for part in range(1, count + 1)),
    )


@dataclass(frozen=True, slots=True)
class Model:
    """One model, at one revision of its repository."""

    name: str
    hub_id: str
    files: tuple[str, ...]
    parameters: int
    memory_bytes: int
    """Of the device, in half precision, with room for a batch."""
    serves: tuple[str, ...]
    """What recipes use it for."""
    beside: tuple[str, ...] = ()
    """Files that are fetched too where the revision has them."""
    own_code: bool = False
    """Whether its repository holds the code that runs it; only files that are as they were fetched are run."""
    sha256: Mapping[str, str] = field(default_factory=dict)
    """Of files whose sum is known beforehand; of the others the sum at the first fetch counts."""

    @property
    def names(self) -> tuple[str, ...]:
        """All files that may be fetched; no other name is taken from anywhere."""
        return tuple(dict.fromkeys((*self.files, *self.beside)))

    @property
    def revision(self) -> str:
        """The commit that is used, and no other."""
        return REVISIONS[self.name]

    @property
    def licence(self) -> str:
        """SPDX expression, or LicenseRef-<name>."""
        return LICENCES[self.name].name

    @property
    def commercial(self) -> bool:
        """Whether its licence allows commercial use."""
        return LICENCES[self.name].commercial


_ALL = (
    Model(
        "clip-vit-large-patch14",
        "openai/clip-vit-large-patch14",
        (*_PICTURES, "tokenizer.json", "tokenizer_config.json", "vocab.json", "merges.txt", "special_tokens_map.json"),
        parameters=427_616_513,
        memory_bytes=4_000_000_000,
        serves=("embedding", "clip_aesthetic", "zero_shot"),
    ),
    Model(
        "siglip2-base-patch16-224",
        "google/siglip2-base-patch16-224",
        (*_PICTURES, "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"),
        parameters=375_000_000,
        memory_bytes=3_000_000_000,
        serves=("embedding", "zero_shot"),
    ),
    Model(
        "siglip2-so400m-patch14-384",
        "google/siglip2-so400m-patch14-384",
        (*_PICTURES, "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"),
        parameters=1_136_000_000,
        memory_bytes=8_000_000_000,
        serves=("embedding", "zero_shot"),
    ),
    Model(
        "vjepa2-vitl-fpc64-256",
        "facebook/vjepa2-vitl-fpc64-256",
        ("config.json", "video_preprocessor_config.json", _WEIGHTS),
        parameters=325_971_328,
        memory_bytes=4_000_000_000,
        serves=("embedding",),
    ),
    Model(
        "cosmos-embed1-224p",
        "nvidia/Cosmos-Embed1-224p",
        _COSMOS,
        parameters=1_172_696_698,
        memory_bytes=6_000_000_000,
        serves=("embedding",),
        own_code=True,
    ),
    Model(
        "aesthetic-sac-logos-ava1-l14",
        "ttj/sac-logos-ava1-l14-linearMSE",
        (_WEIGHTS,),
        parameters=924_000,
        memory_bytes=10_000_000,
        serves=("clip_aesthetic",),
    ),
    Model(
        "musiq-koniq",
        "chaofengc/IQA-PyTorch-Weights",
        ("musiq_koniq_ckpt-e95806b9.pth",),
        parameters=27_125_825,
        memory_bytes=4_000_000_000,
        serves=("perceptual_quality",),
    ),
    Model(
        "topiq-nr-koniq",
        "chaofengc/IQA-PyTorch-Weights",
        ("cfanet_nr_koniq_res50-9a73138b.pth",),
        parameters=45_196_934,
        memory_bytes=4_000_000_000,
        serves=("perceptual_quality",),
    ),
    Model(
        "smolvlm2-256m",
        LANGUAGE_HUB_IDS["smolvlm2-256m"],
        (*_SMOLVLM2, _WEIGHTS),
        parameters=256_484_928,
        memory_bytes=3_000_000_000,
        serves=_ANSWERS,
        beside=_BESIDE_LANGUAGE,
    ),
    Model(
        "smolvlm2-500m",
        LANGUAGE_HUB_IDS["smolvlm2-500m"],
        (*_SMOLVLM2, _WEIGHTS),
        parameters=507_482_304,
        memory_bytes=4_000_000_000,
        serves=_ANSWERS,
        beside=_BESIDE_LANGUAGE,
        sha256={_WEIGHTS: "b9bfd456c9472c0acd5719d6e514c4b859891af205ee1a736552fd3497b8b0c3"},
    ),
    Model(
        "smolvlm2-2.2b",
        LANGUAGE_HUB_IDS["smolvlm2-2.2b"],
        (*_SMOLVLM2, *_parts(2)),
        parameters=2_246_784_880,
        memory_bytes=10_000_000_000,
        serves=_ANSWERS,
        beside=_BESIDE_LANGUAGE,
    ),
    Model(
        "qwen2.5-vl-3b",
        LANGUAGE_HUB_IDS["qwen2.5-vl-3b"],
        (*_QWEN25_VL, *_parts(2)),
        parameters=3_754_622_976,
        memory_bytes=14_000_000_000,
        serves=_ANSWERS,
        beside=_BESIDE_LANGUAGE,
    ),
    Model(
        "qwen2.5-vl-7b",
        LANGUAGE_HUB_IDS["qwen2.5-vl-7b"],
        (*_QWEN25_VL, *_parts(5)),
        parameters=8_292_166_656,
        memory_bytes=24_000_000_000,
        serves=_ANSWERS,
        beside=_BESIDE_LANGUAGE,
    ),
    Model(
        "qwen3-vl-2b",
        LANGUAGE_HUB_IDS["qwen3-vl-2b"],
        (*_QWEN3_VL, _WEIGHTS),
        parameters=2_127_532_032,
        memory_bytes=10_000_000_000,
        serves=_ANSWERS,
        beside=_BESIDE_LANGUAGE,
        sha256={_WEIGHTS: "7de1838c87a5349b016c26a1c3f7d2bc400a3d485f95ef39a7059ffd734977a0"},
    ),
    Model(
        "qwen3-vl-4b",
        LANGUAGE_HUB_IDS["qwen3-vl-4b"],
        (*_QWEN3_VL, *_parts(2)),
        parameters=4_437_815_808,
        memory_bytes=16_000_000_000,
        serves=_ANSWERS,
        beside=_BESIDE_LANGUAGE,
        sha256={
            "model-00001-of-00002.safetensors": "30a01a0556622645a3cce87b655bbbbbc1f170c196099f1b666c93202c3339a9",
            "model-00002-of-00002.safetensors": "046296a2a387efb43b0c997d5833c789604d168834f6e0d3064bf7bb13d002a6",
        },
    ),
    Model(
        "qwen3-vl-8b",
        LANGUAGE_HUB_IDS["qwen3-vl-8b"],
        (*_QWEN3_VL, *_parts(4)),
        parameters=8_767_123_696,
        memory_bytes=24_000_000_000,
        serves=_ANSWERS,
        beside=_BESIDE_LANGUAGE,
        sha256={
            "model-00001-of-00004.safetensors": "d5d0aef0eb170fc7453a296c43c0849a56f510555d3588e4fd662bb35490aefa",
            "model-00002-of-00004.safetensors": "8be88fb5501e4d5719a6d4cc212e6a13480330e74f3e8c77daa1a68f199106b5",
            "model-00003-of-00004.safetensors": "83de00eafe6e0d57ccd009dbcf71c9974d74df2f016c27afb7e95aafd16b2192",
            "model-00004-of-00004.safetensors": "0a88b98e9f96270973f567e6a2c103ede6ccdf915ca3075e21c755604d0377a5",
        },
    ),
    Model(
        "t5-11b",
        "google-t5/t5-11b",
        ("config.json", "tokenizer.json", "spiece.model", "pytorch_model.bin"),
        parameters=11_307_000_000,
        memory_bytes=12_000_000_000,  # of its encoder, the only half that is kept
        serves=("shard", "export"),
    ),
)

MODELS: dict[str, Model] = {model.name: model for model in _ALL}


def model_named(name: str) -> Model:
    """The model of that name. Raises ModelMissing naming those that there are."""
    if name not in MODELS:
        raise ModelMissing(f"{name}; there are {', '.join(sorted(MODELS))}")
    return MODELS[name]
