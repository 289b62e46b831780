"""How well the motion scores tell still from moving, and a camera moved over a still picture from action, by codec.

    python -m bench motion [--data FOLDER]

Cases are made over the real clips of the shared folder where it is there, else over drawn footage.
"""

import csv
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from bench.figure import Figure, data_folder
from bench.pieces import CODECS, HEIGHT, WIDTH, Pictures, Piece, pieces, scores_of, share, told

KINDS = ("still", "pan", "zoom", "action", "moved_action")
SECONDS = 2.6
LITTLE_ACTION = (
    "bottle-detection",
    "excalidraw",
    "crystal",
    "monster",
    "PySceneDetect",
    "big-buck",
    "editly",
    "car-detection",
)
"""Real clips in which too little moves by itself to say what they are."""


CASES = 200
"""Per kind, spread over the codecs; their seeds are odd, and even ones were used to choose the limits."""
LEAST_MOTION = 0.011
"""sure_motion in heights a second under which a clip is still."""
LEAST_OWN_MOTION = 0.0098
"""object_motion in heights a second up to which nothing but the camera moves."""
LEAST_CAMERA = 0.03
"""camera_speed in heights a second from which on the camera moves."""
CAMERA = {"static": False, "static webcam": False, "handheld": True, "handheld, shaky": True, "drone": True}
"""Whether the camera moves, by the manifest's words that say so plainly."""


def figures() -> Iterator[Figure]:
    """The goals: still against moving, and a camera over a still against action; by codec, then all."""
    found = numbers_of_cases()
    kinds = {"still": [], "moving": [], "camera over a still": [], "action": []}  # type: dict[str, list[bool]]
    for codec in CODECS:
        right = right_of({kind: found[kind, codec] for kind in KINDS})
        for kind, answers in right.items():
            kinds[kind] += answers
            yield share(f"{codec}: {kind} right", sum(answers), len(answers))
    for kind, answers in kinds.items():
        yield share(f"{kind} right", sum(answers), len(answers), at_least=0.95)
    if (folder := data_folder()) is not None:
        yield from real_files(folder)


def numbers_of_cases() -> dict[tuple[str, str], list[dict[str, float]]]:
    """The scores of all cases, by kind and codec."""
    found: dict[tuple[str, str], list[dict[str, float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for column, kind in enumerate(KINDS):
            for number in range(CASES):
                case = made_case(kind, np.random.default_rng([column, 2 * number + 1]), pieces())
                codec = list(CODECS)[number % len(CODECS)]
                found[kind, codec].append(told(Path(folder) / "case", case.pictures, case.fps, number, "motion"))
    return found


def right_of(found: dict[str, list[dict[str, float]]]) -> dict[str, list[bool]]:
    """Which cases are told rightly."""
    moving = [one for kind in KINDS[1:] for one in found[kind]]
    return {
        "still": [sure(one) < LEAST_MOTION for one in found["still"]],
        "moving": [sure(one) >= LEAST_MOTION for one in moving],
        "camera over a still": [own(one) < LEAST_OWN_MOTION for kind in ("pan", "zoom") for one in found[kind]],
        "action": [own(one) >= LEAST_OWN_MOTION for kind in ("action", "moved_action") for one in found[kind]],
    }


def own(numbers: dict[str, float]) -> float:
    """object_motion; nothing where it could not be measured."""
    return numbers.get("object_motion", 0.0)


def sure(numbers: dict[str, float]) -> float:
    """sure_motion; nothing where it could not be measured."""
    return numbers.get("sure_motion", 0.0)


def real_files(folder: Path) -> Iterator[Figure]:
    """Whole real files: stills under a camera, shaken copies, and whether the camera moves as the manifest says."""
    for name, kind in (("deg_*_zoom_still.mp4", "zooms over a still"), ("deg_*_shaky.mp4", "shaken copies")):
        found = [scores_of(path, "motion") for path in sorted((folder / "composed").glob(name))]
        shaky = kind == "shaken copies"
        right = [one["shake"] >= 0.02 if shaky else own(one) < LEAST_OWN_MOTION for one in found]
        yield Figure(f"{kind} right, of {len(right)} files", sum(right) / len(right), at_least=0.95)
    with open(folder / "manifest.csv", newline="") as manifest:
        rows = [row for row in csv.DictReader(manifest) if row["camera"] in CAMERA and not row["hard_cuts"]]
    right = [moves(folder / row["file"]) == CAMERA[row["camera"]] for row in rows]
    yield Figure(f"camera moves as the manifest says, of {len(right)} files", sum(right) / len(right))


def moves(path: Path) -> bool:
    """Whether the file's camera moves."""
    speed = scores_of(path, "motion").get("camera_speed", 0.0)
    print(f"   camera {speed:.3f} heights/s: {path.name}")
    return speed >= LEAST_CAMERA


@dataclass(frozen=True, slots=True)
class Case:
    """A made clip and what it was made of."""

    kind: str
    name: str
    pictures: Pictures
    fps: int


def made_case(kind: str, rng: np.random.Generator, pieces: Sequence[Piece]) -> Case:
    """A random case of this kind."""
    if "action" in kind:
        pieces = [one for one in pieces if not any(name in one.name for name in LITTLE_ACTION)]
    piece = pieces[rng.integers(len(pieces))]
    count = round(SECONDS * piece.fps)
    if kind == "action":
        pictures = piece.pictures[:count]
    elif kind == "moved_action":
        pictures = under_camera(piece.pictures[:count], paths(str(rng.choice(["pan", "zoom"])), count, rng))
    else:
        one = piece.pictures[rng.integers(len(piece.pictures))]
        pictures = under_camera(np.repeat(one[None], count, 0), paths(kind, count, rng))
    return Case(kind, piece.name, grained(pictures, rng), piece.fps)


def grained(pictures: Pictures, rng: np.random.Generator) -> Pictures:
    """The pictures with film grain or flicker, in some cases."""
    grain, flicker = rng.choice([0, 0, 2, 4]), rng.choice([0, 0, 0, 0.01])
    noise = rng.standard_normal((4, *pictures.shape[1:]), np.float32) * grain
    gains = 1 + flicker * rng.standard_normal(len(pictures))
    return np.stack(
        [
            np.clip(one * gain + noise[rng.integers(4)], 0, 255).astype(np.uint8)
            for one, gain in zip(pictures, gains, strict=True)
        ]
    )


def paths(kind: str, count: int, rng: np.random.Generator) -> np.ndarray:
    """[count, 4]: right, down (shares of the room there is), zoom and turn in degrees of each picture's view."""
    at = np.linspace(0, 1, count)
    if rng.random() < 0.5:
        at = 3 * at**2 - 2 * at**3
    path = np.tile([0.0, 0.0, 1.3, 0.0], (count, 1))
    if kind == "still":
        path[:, 2] = rng.uniform(1, 1.4)
    if kind == "pan":
        angle = rng.uniform(0, 2 * np.pi)
        path[:, 2] = rng.uniform(1.15, 2)
        path[:, :2] = np.outer(at - 0.5, [np.cos(angle), np.sin(angle)]) * rng.uniform(0.4, 2)
    if kind == "zoom":
        ends = 1.05, 1.05 + rng.uniform(0.06, 0.5)
        path[:, 2] = np.interp(at, [0, 1], ends if rng.random() < 0.5 else ends[::-1])
        path[:, :2] = rng.uniform(-0.6, 0.6, 2) + np.outer(at, rng.uniform(-0.3, 0.3, 2)) * (rng.random() < 0.5)
        path[:, 3] = at * rng.uniform(-4, 4) * (rng.random() < 0.2)
    return path


def under_camera(pictures: Pictures, path: np.ndarray) -> Pictures:
    """Each picture as a camera at that place of its path sees it."""
    seen = []
    for picture, (right, down, zoom, turn) in zip(pictures, path, strict=True):
        room = np.array([WIDTH, HEIGHT]) * (1 - 1 / zoom) / 2
        middle = np.array([WIDTH, HEIGHT]) / 2 + np.clip([right, down], -1, 1) * room
        matrix = cv2.getRotationMatrix2D(tuple(middle), turn, zoom)
        matrix[:, 2] += np.array([WIDTH, HEIGHT]) / 2 - middle
        seen.append(
            cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
        )
    return np.stack(seen)
