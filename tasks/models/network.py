"""Every network that looks at pictures, by its name."""

from tasks.models.backbone import load_encoder
from tasks.models.encoder import Encoder
from tasks.models.folder import model_folder
from tasks.models.preparation import AsSeen, Preparation, read_preparation
from tasks.models.quality import METRICS, SHORTER_SIDE_PX, load_metric


def load_network(name: str) -> Encoder:
    """The model of the model store, loaded once a process. Raises ModelMissing or StageRefused."""
    return load_metric(name) if name in METRICS else load_encoder(name)


def preparation_of(name: str) -> Preparation | AsSeen:
    """How it wants its pictures. Raises ModelMissing or StageRefused."""
    return AsSeen(SHORTER_SIDE_PX) if name in METRICS else read_preparation(model_folder(name))
