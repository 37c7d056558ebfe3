"""How stored notebook outputs are compared, and where real recordings for tests may lie."""

import os
import shutil
from pathlib import Path

import pytest
import torch
from hypothesis import settings

ROOT = Path(__file__).parents[1]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
settings.register_profile("course", derandomize=True, database=None, deadline=None)  # the same examples everywhere
settings.load_profile("course")
torch.set_num_threads(1)  # two threads on a shared core are slower than one


class NotebookComparison:
    """Registered as a plugin of its own: hooks of this file alone would not reach the notebooks' folder."""

    def pytest_collectstart(self, collector):
        if collector.nodeid.endswith(".ipynb"):
            # nbval itself skips png. What matters is printed as plain text, so that it is compared.
            collector.skip_compare += ("text/html", "image/svg+xml", "application/javascript", "stderr")


def pytest_configure(config):
    config.pluginmanager.register(NotebookComparison())


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real recordings, laid out like data/downloads; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("AUDIOXAI_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no real recordings here; AUDIOXAI_TEST_DATA may name a folder of them")
    return folder
