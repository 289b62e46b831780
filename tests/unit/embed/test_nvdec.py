"""Where a GPU is to decode: it is asked, what it cannot do is done without it, and memory stays bounded."""

import resource
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest

from tasks.core.catalog.inputs import ClipInput
from tasks.core.errors import UnreadableVideo
from tasks.core.media import container, probe
from tasks.core.model import Box, Span
from tasks.core.nvdec import VARIABLE
from tasks.core.pool import Done, Failed, ItemPool
from tasks.core.store import path_to_uri
from tasks.embed import see
from tasks.embed.see import Asked, see_one
from tests.fixtures.made_video import Shot, made_video

ASKED = Asked(8, None, (), signal=True)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> ClipInput:
    path = tmp_path_factory.mktemp("nvdec") / "made.mp4"
    made_video(path, [Shot(3, seed=3)], (160, 120))
    info = probe(path)
    span = Span(info.start_pts, info.end_pts, info.time_base)
    return ClipInput(uuid.uuid4(), uuid.uuid4(), path_to_uri(path), info, span, Box(0, 0, 160, 120), ("embedding",))


@pytest.fixture
def _asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "1")
    container._tell_once.cache_clear()


def accelerators(monkeypatch: pytest.MonkeyPatch, *, works: bool = True) -> list[Any]:
    """What files were opened with, on a machine whose GPU works or fails."""
    found: list[Any] = []
    opened = av.open

    def opening(*args: Any, hwaccel: Any = None, **options: Any) -> Any:
        found.append(hwaccel)
        if hwaccel is not None and not works:
            raise av.error.ExternalError(-542398533, "CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected")
        return opened(*args, **options)

    monkeypatch.setattr(container, "av", SimpleNamespace(open=opening, FFmpegError=av.FFmpegError, error=av.error))
    return found


@pytest.mark.usefixtures("_asked_for")
def test_a_gpu_is_asked(clip: ClipInput, monkeypatch: pytest.MonkeyPatch) -> None:
    used = accelerators(monkeypatch)
    see_one(clip, ASKED)
    assert [type(one) for one in used] == [container.HWAccel]


def test_no_gpu_is_asked_for_unless_the_environment_says_so(clip: ClipInput, monkeypatch: pytest.MonkeyPatch) -> None:
    used = accelerators(monkeypatch)
    see_one(clip, ASKED)
    assert used == [None]


@pytest.mark.usefixtures("_asked_for")
def test_without_a_gpu_the_same_is_seen_and_it_is_told_once(
    clip: ClipInput, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    accelerators(monkeypatch, works=False)
    seen = [see_one(clip, ASKED).signal for _ in range(2)]
    monkeypatch.delenv(VARIABLE)
    assert (np.stack(seen) == see_one(clip, ASKED).signal).all()
    assert [record.getMessage() for record in caplog.records] == ["decoded without NVDEC"]


@pytest.mark.usefixtures("_asked_for")
def test_pyav_itself_refuses_where_there_is_no_gpu(clip: ClipInput) -> None:
    if Path("/dev/nvidia0").exists():
        pytest.skip("there is a GPU")
    assert see_one(clip, ASKED).signal is not None


@pytest.mark.usefixtures("_asked_for")
def test_what_the_gpu_cannot_decode_is_decoded_without(clip: ClipInput, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = see.looks

    def failing(source: Any, info: Any, span: Any, view: Any) -> Any:
        if view.on_gpu:
            raise UnreadableVideo("decode_error", "out of memory on the GPU")
        return looks(source, info, span, view)

    monkeypatch.setattr(see, "looks", failing)
    assert see_one(clip, ASKED).signal is not None


def hungry(item: Any, size: int) -> tuple[int, bool]:
    """Takes so much memory; whether its addresses are bounded."""
    return int(np.ones(size, np.uint8).sum()), resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY


@pytest.mark.parametrize("asked_for", ["0", "1"])
def test_a_child_may_have_so_much_memory_and_no_more(monkeypatch: pytest.MonkeyPatch, asked_for: str) -> None:
    monkeypatch.setenv(VARIABLE, asked_for)
    item = SimpleNamespace(subject_id=uuid.uuid4())
    with ItemPool(1, 1 << 30, __name__) as pool:
        few, many = (pool.outcome(pool.submit(hungry, item, size, 60), 60) for size in (1 << 20, 2 << 30))
    assert few == Done(item.subject_id, (1 << 20, asked_for == "0"))
    assert isinstance(many, Failed)
    assert many.kind == "out_of_memory"
