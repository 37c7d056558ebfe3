"""How stored notebook outputs are compared, and where real recordings for tests may lie."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from hypothesis import settings

from audioxai_lite.datasets import environment, planer, recordings

ROOT = Path(__file__).parent
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
settings.register_profile(
    "course", derandomize=True, database=None, deadline=None
)  # the same examples everywhere
settings.load_profile("course")
torch.set_num_threads(1)  # two threads on a shared core are slower than one


def pytest_collectstart(collector):
    if collector.nodeid.endswith(".ipynb"):
        # nbval itself skips png. What matters is printed as plain text, so that it is compared.
        collector.skip_compare += ("text/html", "image/svg+xml", "application/javascript", "stderr")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real recordings, laid out like data/downloads; tests that need it skip where it is
    absent.
    """
    folder = Path(os.environ.get("AUDIOXAI_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no real recordings here; AUDIOXAI_TEST_DATA may name a folder of them")
    return folder


@pytest.fixture(scope="session")
def stand_ins(tmp_path_factory) -> Path:
    """Made-up data sets in the layout of the downloaded ones, for the examples in docstrings."""
    return write_stand_ins(tmp_path_factory.mktemp("data"))


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


@pytest.fixture(autouse=True)
def _examples(request, monkeypatch):
    """Examples are seeded, and those of loaders run as if the recordings had been downloaded."""
    if not isinstance(request.node, pytest.DoctestItem):
        return
    torch.manual_seed(0)
    if ".datasets." in request.node.name:
        monkeypatch.setenv("AUDIOXAI_DATA", str(request.getfixturevalue("stand_ins")))


def waveforms(dataset, positions) -> torch.Tensor:
    """Several clips of a data set, all of one length, (clips, samples)."""
    return torch.cat([dataset[position].waveform for position in positions])


def seconds_of(clip) -> float:
    return clip.waveform.shape[-1] / clip.sample_rate
