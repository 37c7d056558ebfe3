"""Grids that can be stopped and resumed."""

import os
import signal
import subprocess
import sys
import time

import joblib
import numpy as np
import pandas as pd
import pytest
import torch

from audioxai_lite.course.grids import run_grid, seconds_of_cells, setting_in_words
from audioxai_lite.models.cnn14 import Cnn14

GRID = [{"size": size, "name": name} for size in (1, 2, 3) for name in ("a", "b")]


def cell(size, name):
    return pd.DataFrame(
        {"row": range(size), "third": [size / 3] * size, "text": [name * size] * size}
    )


def counted(folder):
    """A cell that leaves a trace of every call, and fails where a file says so."""

    def call(size, name):
        (folder / f"{size}{name}").touch()
        if (folder / "stop").exists() and (size, name) == (2, "b"):
            raise KeyboardInterrupt
        return cell(size, name)

    return call


def test_tables_stand_below_one_another_in_the_order_of_the_grid():
    table = run_grid(cell, GRID, progress=False)
    assert list(table.columns) == ["size", "name", "row", "third", "text"]
    assert table["text"].tolist() == ["a", "b", "aa", "aa", "bb", "bb"] + 3 * ["aaa"] + 3 * ["bbb"]
    assert table["size"].tolist() == [1, 1, 2, 2, 2, 2] + 6 * [3] and table.index.tolist() == list(
        range(12)
    )


def test_a_grid_that_was_stopped_goes_on_and_gives_the_same(tmp_path):
    trace, folder = tmp_path / "trace", tmp_path / "cells"
    trace.mkdir()
    (trace / "stop").touch()
    with pytest.raises(KeyboardInterrupt):
        run_grid(counted(trace), GRID, folder, progress=False)
    assert len(list(folder.glob("*.csv"))) == 3
    for file in trace.iterdir():
        file.unlink()
    resumed = run_grid(counted(trace), GRID, folder, progress=False)
    assert sorted(file.name for file in trace.iterdir()) == ["2b", "3a", "3b"]
    pd.testing.assert_frame_equal(resumed, run_grid(cell, GRID, progress=False))
    assert {file.suffix for file in folder.iterdir()} == {".csv", ".json"}
    assert set(seconds_of_cells(folder)) == {setting_in_words(setting) for setting in GRID}


def test_other_processes_give_the_same(tmp_path):
    with joblib.parallel_config("loky", n_jobs=2):
        table = run_grid(cell, GRID, tmp_path, progress=False)
    pd.testing.assert_frame_equal(table, run_grid(cell, GRID, progress=False))


def test_a_dask_cluster_of_two_workers_gives_the_same(tmp_path):
    """What the README shows: a connected client, and one line."""
    distributed = pytest.importorskip("distributed")

    def cell(seed):
        values = random_clip(seed)
        with torch.no_grad():
            answers = Cnn14(classes=10).eval()(values)
        return pd.DataFrame({"largest": [float(answers.abs().max())]})

    def random_clip(seed):
        torch.manual_seed(seed)
        return torch.randn(1, 1, 64, 251)

    grid = [{"seed": seed} for seed in range(4)]
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        with distributed.Client(cluster) as client, joblib.parallel_config("dask"):
            table = run_grid(cell, grid, tmp_path / "dask", progress=False)
            assert len(client.scheduler_info()["workers"]) == 2
    here = run_grid(cell, grid, progress=False)
    pd.testing.assert_frame_equal(table, here)
    assert len(list((tmp_path / "dask").glob("*.csv"))) == 4 and table["largest"].nunique() == 4


KILLED = """
import sys, time
from pathlib import Path
import joblib, pandas as pd
from audioxai_lite.course.grids import run_grid
from audioxai_lite.course.results import write_results

def cell(size, name):
    time.sleep(0.05)
    third, text = [size / 3] * size, [name * size] * size
    return pd.DataFrame({"row": range(size), "third": third, "text": text})

grid = [{"size": size, "name": name} for size in range(1, 16) for name in "ab"]
folder = Path(sys.argv[1])
with joblib.parallel_config("loky", n_jobs=2):
    table = run_grid(cell, grid, folder / "cells")
write_results("small", table, "test", {}, 1.0, folder)
"""


def test_a_study_killed_at_any_moment_resumes_to_the_same_file(tmp_path):
    """SIGKILL after a random number of cells, three times over, then to the end; an undisturbed run
    beside it.
    """
    script, killed, whole = tmp_path / "killed.py", tmp_path / "killed", tmp_path / "whole"
    script.write_text(KILLED)
    subprocess.run([sys.executable, script, whole], check=True, capture_output=True, timeout=120)
    cells, seen = killed / "cells", []
    for stop in sorted(np.random.default_rng().choice(range(1, 26), 3, replace=False)):
        run = subprocess.Popen(
            [sys.executable, script, killed],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 60
        while (
            len(list(cells.glob("*.csv"))) < stop
            and run.poll() is None
            and time.monotonic() < deadline
        ):
            time.sleep(0.005)
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        seen.append(len(list(cells.glob("*.csv"))))
        assert not (killed / "small.csv").exists()
    assert seen == sorted(seen) and 1 <= seen[0] and seen[-1] < 30
    subprocess.run([sys.executable, script, killed], check=True, capture_output=True, timeout=120)
    assert (killed / "small.csv").read_bytes() == (whole / "small.csv").read_bytes()


def test_an_empty_grid_is_refused():
    with pytest.raises(ValueError, match="the grid is empty"):
        run_grid(cell, [])
