"""Every model that a recipe may name."""

from dataclasses import dataclass

from tasks.core.errors import NotFound
from tasks.core.model_names import LICENCES, REVISIONS

_WEIGHTS = "model.safetensors"
_PICTURES = ("config.json", "preprocessor_config.json", _WEIGHTS)
_COSMOS = (
    *("config.json", "processor_config.json", "tokenizer_config.json", "vocab.txt", "model.safetensors.index.json"),
    *(f"model-{part:05}-of-00005.safetensors" for part in range(1, 6)),
    *("configuration_embed1.py", "preprocessing_embed1.py", "modeling_embed1.py", "modeling_outputs.py"),
    *("modeling_qformer.py", "modeling_utils.py", "modeling_vit.py"),
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
    own_code: bool = False
    """Whether its repository holds the code that runs it; only files that are as they were fetched are run."""

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
        "t5-11b",
        "google-t5/t5-11b",
        ("config.json", "tokenizer.json", "spiece.model", "pytorch_model.bin"),
        parameters=11_307_000_000,
        memory_bytes=12_000_000_000,  # of its encoder, the only half that is kept
        serves=("export",),
    ),
)

MODELS: dict[str, Model] = {model.name: model for model in _ALL}


def model_named(name: str) -> Model:
    """The model of that name. Raises NotFound naming those that there are."""
    if name not in MODELS:
        raise NotFound(f"a model {name!r}; there are {', '.join(sorted(MODELS))}")
    return MODELS[name]
