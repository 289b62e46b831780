"""Pictures as JPEG."""

import io

import av
import numpy as np
import pytest

from tasks.core.media.still import encode_jpeg


def picture(height: int, width: int) -> np.ndarray:
    """A smooth picture of changing colours."""
    down, across = np.meshgrid(np.linspace(0, 255, height), np.linspace(0, 255, width), indexing="ij")
    return np.stack([across, down, 255 - across], axis=-1).astype(np.uint8)


@pytest.mark.parametrize("size", [(100, 160), (101, 77), (2, 2)])
def test_it_decodes_to_the_picture(size: tuple[int, int]) -> None:
    original = picture(*size)
    data = encode_jpeg(original)
    assert data.startswith(b"\xff\xd8\xff")
    assert data.endswith(b"\xff\xd9")
    with av.open(io.BytesIO(data), format="jpeg_pipe") as container:
        decoded = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert decoded.shape == original.shape
    if size != (2, 2):
        assert np.abs(decoded.astype(int) - original).mean() < 4


def test_same_picture_same_bytes() -> None:
    assert encode_jpeg(picture(100, 160)) == encode_jpeg(picture(100, 160))
