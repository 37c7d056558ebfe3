"""What several files of tests share."""

import importlib
import os
import shutil
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile
import torch

from audioxai_lite.datasets import environment, planer, recordings

ROOT = Path(__file__).parents[1]
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


def script(name: str) -> ModuleType:
    """A script of the notebooks' folder, which imports what lies beside it."""
    folder = str(ROOT / "notebooks")
    sys.path.insert(0, folder)
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(folder)


def examples(few: int) -> int:
    """How many inputs are drawn: few here, and as many as AUDIOXAI_FUZZ says where it is set."""
    return int(os.environ.get("AUDIOXAI_FUZZ", few))


def marked(names: Iterable[str], slow: Collection[str]) -> list:
    """Cases of a test, those that take long marked so: `pytest -m ""` runs them."""
    return [pytest.param(name, marks=pytest.mark.slow) if name in slow else name for name in names]


def cuts_and_flips(whole: bytes) -> Iterator[bytes]:
    """A file's content, cut off at every place, and with every bit flipped."""
    for length in range(len(whole)):
        yield whole[:length]
    for bit in range(8 * len(whole)):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        yield bytes(flipped)


def write_stand_ins(folder: Path) -> Path:
    environment.write(environment.load(clips_per_class_and_fold=1), folder / "esc10")
    hiss = np.random.default_rng(0).normal(size=8_000) / 10
    for digit in recordings.DIGITS:
        write_sound(folder / "fsdd" / "recordings" / f"{digit}_jackson_0.wav", hiss)
    for file in recordings.NOISES.values():
        write_sound(folder / "noises" / file, hiss)
    spectrogram = folder / "planer" / "data" / "evaluation" / "normal" / "board.pt"
    spectrogram.parent.mkdir(parents=True)
    torch.save(torch.zeros(planer.SHAPE), spectrogram)
    return folder


def write_sound(file: Path, samples: np.ndarray) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(file, samples, 8_000)


def waveforms(dataset, positions) -> torch.Tensor:
    """Several clips of a data set, all of one length, (clips, samples)."""
    return torch.cat([dataset[position].waveform for position in positions])


def seconds_of(clip) -> float:
    return clip.waveform.shape[-1] / clip.sample_rate
