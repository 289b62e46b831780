"""What the corners of a clip's pictures show of a mark: sums over the clip, of one size whatever its length."""

import numpy as np

from tasks.filter.scorer import Floats, Grey

CORNER_SHARE = 0.3
"""Share of width and height that counts as a corner."""
PARTS = 3
"""A mark may be there in a part of the clip only, so the thirds of it are also seen by themselves."""
AROUND_PX = 8.0
"""Reach of what a pixel is compared with."""
FAINT = 6.0
"""Grey levels up to which a difference counts in full; more of it counts less and less."""
MIDDLE, SPREAD = 127.5, 64.0
"""Grey levels by which the level itself is brought to -2 to 2."""
SIGNED = 2 + PARTS
"""Channels that change their sign where light and dark change places; they come first."""
CHANNELS = SIGNED + 2


class Evidence:
    """Sums of levels and of their squares; [corners, height, width] is the shape of what is added."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._sums = np.zeros((PARTS, *shape), np.float32)
        self._squares = np.zeros(shape, np.float32)
        self._counts = np.zeros(PARTS, int)

    @property
    def count(self) -> int:
        """Pictures so far."""
        return int(self._counts.sum())

    def add(self, corners: Grey, part: int) -> None:
        """Adds the corners of a picture of this part of the clip."""
        levels = corners.astype(np.float32)
        self._sums[part] += levels
        self._squares += levels * levels
        self._counts[part] += 1

    def channels(self) -> Floats:
        """float32 [corners, CHANNELS, height, width]: by how much the mean picture differs from what is around; by how
        much each third of the clip from the mean; the mean's level; how much the pixel varies; and how far from the
        picture's corner it lies."""
        mean = self._sums.sum(axis=0) / np.float32(self.count)
        varies = np.sqrt(np.maximum(self._squares / np.float32(self.count) - mean * mean, 0))
        thirds = [
            levels / np.float32(count) - mean if count else np.zeros_like(mean)
            for levels, count in zip(self._sums, self._counts, strict=True)
        ]
        differs = [pressed(values) for values in (above_surroundings(mean), *thirds)]
        level = (mean - np.float32(MIDDLE)) / np.float32(SPREAD)
        far = np.broadcast_to(from_corner(mean.shape[1:]), mean.shape)
        return np.stack([*differs, level, pressed(varies), far], axis=1)


def corner_size(picture: tuple[int, ...]) -> tuple[int, int]:
    """Height and width of a corner."""
    return round(picture[0] * CORNER_SHARE), round(picture[1] * CORNER_SHARE)


def corners_of(image: Grey) -> Grey:
    """[4, height, width]: top left, top right, bottom left, bottom right, the outer corner turned to top left."""
    high, wide = corner_size(image.shape)
    turned = (image, image[:, ::-1], image[::-1], image[::-1, ::-1])
    return np.stack([one[:high, :wide] for one in turned])


def from_corner(size: tuple[int, ...]) -> Floats:
    """[height, width] the larger of the distances from the two sides that meet in the corner, by the corner's height,
    2 at most."""
    down, across = (np.arange(length, dtype=np.float32) for length in size)
    far = np.minimum(np.maximum(down[:, None], across), np.float32(2 * size[0]))
    return np.asarray(far / np.float32(size[0]), np.float32)


def above_surroundings(mean: Floats) -> Floats:
    """By how many grey levels each pixel lies above the mean around it."""
    import cv2

    return mean - np.stack([cv2.GaussianBlur(one, (0, 0), AROUND_PX, borderType=cv2.BORDER_REFLECT) for one in mean])


def pressed(levels: Floats) -> Floats:
    """Differences in grey levels brought to about -2 to 2, the faint ones kept apart."""
    return np.arcsinh(levels / np.float32(FAINT)) / np.float32(2)
