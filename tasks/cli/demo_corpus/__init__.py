"""Makes the demo's videos: a few minutes of painted scenes with known cuts, faults, duplicates and broken files."""

import json
import shutil
import zlib
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from tasks.cli.demo_corpus.edit import cut_shots, programme_pictures
from tasks.cli.demo_corpus.plan import IDENTICAL, PROGRAMMES, RECODED, CorpusPlan, Programme
from tasks.cli.demo_corpus.truth import BrokenTruth, CorpusTruth, ProgrammeTruth, load_truth, save_truth
from tasks.core.media import View, decode, probe
from tasks.core.media.write import Writing, write_video

__all__ = ["CorpusPlan", "CorpusTruth", "load_truth", "make_corpus"]

Told = Callable[[int, int, str], None]
"""Called with files made, files in all, and the name of the one being made."""

_BROKEN = {
    "broken/empty.mp4": "empty_file",
    "broken/garbage.mp4": "not_a_video",
    "broken/page not found.mp4": "not_a_video",
    "broken/playlist.mp4": "playlist",
    "broken/sound only.m4a": "no_video_stream",
    "broken/truncated.mp4": "truncated",
}
_FULL = CorpusPlan()
_PAGE = b"<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head>\n<body>This video has moved.</body></html>\n"
_PLAYLIST = b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:8.0,\n../coast morning.mp4\n#EXT-X-ENDLIST\n"


def make_corpus(
    folder: Path,
    truth_path: Path,
    plan: CorpusPlan = _FULL,
    progress: Told = lambda made, total, name: None,
) -> CorpusTruth:
    """What is true of the corpus in the folder, which is made unless it is already there.

    The truth is written to truth_path, outside the folder, when everything is complete.
    """
    made_with = json.dumps(asdict(plan), sort_keys=True)
    known = load_truth(truth_path)
    if known and known.made_with == made_with and known.sizes_bytes == _sizes(folder):
        return known
    truth_path.unlink(missing_ok=True)
    return _Corpus(folder, plan, progress).made(made_with, truth_path)


class _Corpus:
    """One making of the corpus; every file gets its name when it is complete."""

    def __init__(self, folder: Path, plan: CorpusPlan, progress: Told) -> None:
        self._folder = folder
        self._plan = plan
        self._progress = progress
        self._made = 0
        self._total = len(PROGRAMMES) + 2 + len(_BROKEN)

    def made(self, made_with: str, truth_path: Path) -> CorpusTruth:
        programmes = [self._programme(programme) for programme in PROGRAMMES]
        originals = {truth.name: truth for truth in programmes}
        programmes.append(self._identical(IDENTICAL[0], originals[IDENTICAL[1].name]))
        programmes.append(self._recoded(RECODED[0], originals[RECODED[1].name]))
        broken = tuple(self._broken(name, kind) for name, kind in _BROKEN.items())
        truth = CorpusTruth(made_with, tuple(programmes), broken, _sizes(self._folder))
        truth_path.parent.mkdir(parents=True, exist_ok=True)
        save_truth(truth, truth_path)
        return truth

    def _write(self, name: str, write: Callable[[Path], object]) -> None:
        """Lets `write` make the file under a hidden name with the same suffix, then names it."""
        self._progress(self._made, self._total, name)
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".unfinished{path.suffix}")
        write(unfinished)
        unfinished.replace(path)
        self._made += 1

    def _programme(self, programme: Programme) -> ProgrammeTruth:
        plan, writing = self._plan, programme.writing
        cut = cut_shots(programme.shots, writing.fps, plan.scale)
        box = programme.box(plan.width_px, plan.height_px)
        seed = f"{plan.seed}/{programme.name}"
        size = (plan.height_px, plan.width_px)
        pictures = programme_pictures(seed, programme.shots, cut, size, box, programme.logo)
        sound = _sound(seed, float(cut.frames / cut.fps)) if programme.sound else None
        self._write(programme.name, lambda path: write_video(path, pictures, writing, sound))
        return ProgrammeTruth(
            name=programme.name,
            fps=float(cut.fps),
            frames=cut.frames,
            width_px=plan.width_px,
            height_px=plan.height_px,
            box=(box.x, box.y, box.width, box.height),
            overlay=programme.logo is not None,
            shots=cut.shots,
            boundaries=cut.boundaries,
        )

    def _identical(self, name: str, original: ProgrammeTruth) -> ProgrammeTruth:
        self._write(name, lambda path: shutil.copyfile(self._folder / original.name, path))
        return replace(original, name=name, duplicate_of=original.name, duplicate_kind="identical")

    def _recoded(self, name: str, original: ProgrammeTruth) -> ProgrammeTruth:
        source = self._folder / original.name
        info = probe(source)
        width, height = (side * 3 // 8 * 2 for side in (original.width_px, original.height_px))
        frames = decode(source, info, view=View(max_side_px=max(width, height)))
        writing = Writing(fps=info.frame_rate, options={"preset": "veryfast", "crf": "30"})
        self._write(name, lambda path: write_video(path, (frame.image for frame in frames), writing))
        small = probe(self._folder / name)
        return replace(
            original,
            name=name,
            width_px=small.width_px,
            height_px=small.height_px,
            box=(0, 0, small.width_px, small.height_px),
            duplicate_of=original.name,
            duplicate_kind="recoded",
        )

    def _broken(self, name: str, kind: str) -> BrokenTruth:
        self._write(name, lambda path: self._write_broken(Path(name).stem, path))
        return BrokenTruth(name, kind)

    def _write_broken(self, which: str, path: Path) -> None:
        if which == "sound only":
            write_video(path, [], audio=_sound(which, 8.0 * self._plan.scale))
            return
        whole = (self._folder / PROGRAMMES[1].name).read_bytes()
        garbage = np.random.default_rng(zlib.crc32(self._plan.seed.encode())).bytes(200_000)
        contents = {
            "empty": b"",
            "garbage": garbage,
            "page not found": _PAGE,
            "playlist": _PLAYLIST,
            "truncated": whole[: len(whole) // 3],
        }
        path.write_bytes(contents[which])


def _sizes(folder: Path) -> dict[str, int]:
    """Size of every file below the folder by its name, in order."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {str(path.relative_to(folder)): path.stat().st_size for path in files}


def _sound(seed: str, seconds: float) -> np.ndarray:
    """float32 [samples] at 48 kHz: a slow chord with a little wind in it."""
    random = np.random.default_rng(zlib.crc32(seed.encode()))
    time_s = np.arange(round(seconds * 48_000), dtype=np.float32) / 48_000
    chord = sum(np.sin(2 * np.pi * tone * time_s) for tone in (196.0, 246.9, 293.7))
    swell = 0.5 + 0.5 * np.sin(2 * np.pi * 0.2 * time_s)
    return (0.08 * chord * swell + 0.02 * random.standard_normal(len(time_s))).astype(np.float32)
