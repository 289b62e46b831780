"""Pictures that no camera saw, drawn at random: flat animation, recordings of a screen, slides."""

from collections.abc import Callable

import cv2
import numpy as np

Frames = list[np.ndarray]
Random = np.random.Generator

WIDTH_PX, HEIGHT_PX = 640, 360
SIZE = (WIDTH_PX, HEIGHT_PX)
FRAMES = 6
FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_TRIPLEX)
LETTERS = "abcdefghijklmnopqrstuvwxyz     ABCDEFGHIJ0123456789.,;()[]{}=+-"

Colour = tuple[int, int, int]


def colour_of(random: Random, low: int = 0, high: int = 256) -> Colour:
    """Some colour."""
    red, green, blue = (int(value) for value in random.integers(low, high, 3))
    return red, green, blue


def text(random: Random) -> str:
    """A line of letters."""
    return "".join(LETTERS[index] for index in random.integers(0, len(LETTERS), int(random.integers(8, 50))))


def backdrop(random: Random) -> np.ndarray:
    """One colour, or two that flow into each other from top to bottom."""
    top, bottom = np.array(colour_of(random)), np.array(colour_of(random))
    if random.random() < 0.4:
        bottom = top
    weights = np.linspace(0, 1, HEIGHT_PX)[:, None, None]
    rows = top * (1 - weights) + bottom * weights
    return np.repeat(rows, WIDTH_PX, axis=1).astype(np.uint8)


def animation(random: Random) -> Frames:
    """Outlined flat shapes that move over hills and a sky."""
    scene = backdrop(random)
    for _ in range(int(random.integers(1, 6))):
        middle = int(random.integers(0, WIDTH_PX)), int(random.integers(HEIGHT_PX // 2, HEIGHT_PX + 60))
        axes = int(random.integers(60, 400)), int(random.integers(30, 160))
        cv2.ellipse(scene, middle, axes, 0, 0, 360, colour_of(random), -1, cv2.LINE_AA)
    shapes = [
        (
            random.uniform(0, SIZE),
            random.uniform(-12, 12, 2),
            random.uniform(10, 70, 2),
            colour_of(random),
        )
        for _ in range(int(random.integers(3, 14)))
    ]
    outline = int(random.integers(0, 4))
    frames = []
    for number in range(FRAMES):
        frame = scene.copy()
        for place, speed, size, colour in shapes:
            at = tuple(int(value) for value in place + number * speed)
            axes = int(size[0]), int(size[1])
            cv2.ellipse(frame, at, axes, 0, 0, 360, colour, -1, cv2.LINE_AA)
            if outline:
                cv2.ellipse(frame, at, axes, 0, 0, 360, (10, 10, 10), outline, cv2.LINE_AA)
        frames.append(frame)
    return frames


def screen(random: Random) -> Frames:
    """Windows with lines of text, one of which scrolls, and a pointer that moves."""
    desk = backdrop(random)
    windows = [window(random) for _ in range(int(random.integers(1, 4)))]
    step = int(random.integers(0, 12))
    pointer, speed = random.uniform(0, SIZE), random.uniform(-20, 20, 2)
    frames = []
    for number in range(FRAMES):
        frame = desk.copy()
        for left, top, picture in windows:
            shown = np.roll(picture, -step * number, axis=0) if picture is windows[-1][2] else picture
            height, width = min(picture.shape[0], HEIGHT_PX - top), min(picture.shape[1], WIDTH_PX - left)
            frame[top : top + height, left : left + width] = shown[:height, :width]
        x, y = (int(value) for value in pointer + number * speed)
        cv2.fillConvexPoly(frame, np.array([[x, y], [x, y + 14], [x + 10, y + 10]]), (0, 0, 0))
        frames.append(frame)
    return frames


def window(random: Random) -> tuple[int, int, np.ndarray]:
    """Place and picture of a window: a bar, and text on light or dark ground."""
    width, height = int(random.integers(240, WIDTH_PX)), int(random.integers(160, HEIGHT_PX))
    is_light = random.random() < 0.6
    ground, ink = (colour_of(random, 225, 256), colour_of(random, 0, 110))
    if not is_light:
        ground, ink = ink, ground
    picture = np.full((height, width, 3), ground, np.uint8)
    cv2.rectangle(picture, (0, 0), (width, 18), colour_of(random), -1)
    size, font = float(random.uniform(0.3, 0.6)), FONTS[int(random.integers(len(FONTS)))]
    for line in range(34, height, int(14 + 20 * size)):
        is_marked = random.random() < 0.2
        cv2.putText(
            picture, text(random), (8, line), font, size, colour_of(random) if is_marked else ink, 1, cv2.LINE_AA
        )
    return int(random.integers(0, WIDTH_PX - width + 1)), int(random.integers(0, HEIGHT_PX - height + 1)), picture


def slides(random: Random) -> Frames:
    """A title, points and bars; the points come one by one."""
    page = (
        backdrop(random)
        if random.random() < 0.3
        else np.full((HEIGHT_PX, WIDTH_PX, 3), colour_of(random, 200), np.uint8)
    )
    ink, font = colour_of(random, 0, 90), FONTS[int(random.integers(len(FONTS)))]
    cv2.putText(page, text(random)[:22], (30, 56), font, float(random.uniform(0.9, 1.6)), ink, 2, cv2.LINE_AA)
    if random.random() < 0.5:
        for bar in range(int(random.integers(3, 9))):
            top = int(random.integers(120, 300))
            cv2.rectangle(page, (360 + 28 * bar, top), (380 + 28 * bar, 320), colour_of(random), -1)
    frames = []
    for number in range(FRAMES):
        if number % 2 == 0:
            cv2.putText(page, "- " + text(random)[:24], (40, 110 + 34 * number), font, 0.6, ink, 1, cv2.LINE_AA)
        frames.append(page.copy())
    return frames


DRAWN: dict[str, Callable[[Random], Frames]] = {"animation": animation, "screen": screen, "slides": slides}
