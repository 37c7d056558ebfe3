"""How stored notebook outputs are compared, and where real recordings for tests may lie."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
import torch
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "tests"))

from support import write_stand_ins  # noqa: E402

# Its pitch network comes with `pip install ".[real]"`.
collect_ignore = [] if find_spec("torchcrepe") else ["notebooks/14_your_own_model.ipynb"]

settings.register_profile(
    "course", derandomize=True, database=None, deadline=None
)  # the same examples everywhere
settings.load_profile("course")
torch.set_num_threads(1)  # two threads on a shared core are slower than one


@pytest.fixture(autouse=True)
def no_open_figures():
    """No test sees the figures of another, or opens a window."""
    plt.switch_backend("Agg")
    plt.close("all")
    yield
    plt.close("all")


# Their tests do not share anything, and take minutes: each may run in any of the processes.
SPREAD = ("tests/test_reproduce.py", "tests/test_notebooks.py")


class ByFile(LoadFileScheduling):
    """The tests of another file, and the cells of a notebook, stay together."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith(SPREAD) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)  # some runs are without xdist
def pytest_xdist_make_scheduler(config, log):
    return ByFile(config, log)


def pytest_collectstart(collector):
    if collector.nodeid.endswith(".ipynb"):
        # nbval itself skips png. What matters is printed as plain text, so that it is compared.
        collector.skip_compare += ("text/html", "image/svg+xml", "application/javascript", "stderr")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real recordings, laid out like data/downloads; tests that need it skip where it is
    absent.
    """
    folder = Path(os.environ.get("AUDIOXAI_TEST_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("no real recordings here; AUDIOXAI_TEST_DATA may name a folder of them")
    return folder


@pytest.fixture(scope="session")
def stand_ins(tmp_path_factory) -> Path:
    """Made-up data sets in the layout of the downloaded ones, for the examples in docstrings."""
    return write_stand_ins(tmp_path_factory.mktemp("data"))


@pytest.fixture(autouse=True)
def _examples(request, monkeypatch):
    """Examples are seeded, and those of loaders run as if the recordings had been downloaded."""
    if not isinstance(request.node, pytest.DoctestItem):
        return
    torch.manual_seed(0)
    if any(part in request.node.name for part in (".datasets.", ".nb11.recordings.")):
        monkeypatch.setenv("AUDIOXAI_DATA", str(request.getfixturevalue("stand_ins")))
