"""Grids that can be stopped and resumed."""

import time
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

import joblib
import kills
import numpy as np
import pandas as pd
import pytest
from joblib.parallel import MultiprocessingBackend

from audioxai_lite.course.grids import run_grid, seconds_of_cells, setting_in_words

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
    assert len(list(folder.glob("*.table"))) == 3
    for file in trace.iterdir():
        file.unlink()
    resumed = run_grid(counted(trace), GRID, folder, progress=False)
    assert sorted(file.name for file in trace.iterdir()) == ["2b", "3a", "3b"]
    pd.testing.assert_frame_equal(resumed, run_grid(cell, GRID, progress=False))
    assert {file.suffix for file in folder.iterdir()} == {".table", ".json"}
    assert set(seconds_of_cells(folder)) == {setting_in_words(setting) for setting in GRID}


class PoolOfAnother(MultiprocessingBackend):
    """Ray's backend is made so; it gives its results all at once."""


BACKENDS = ("sequential", "threading", "loky", "multiprocessing", "as ray", "dask", "ray")


@pytest.fixture(params=BACKENDS)
def backend(request):
    """Two workers, with every backend that is installed."""
    joblib.register_parallel_backend("as ray", PoolOfAnother)
    with ExitStack() as stack:
        if request.param == "dask":
            dask = pytest.importorskip("distributed")
            options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
            cluster = stack.enter_context(dask.LocalCluster(**options))
            stack.enter_context(dask.Client(cluster))
        elif request.param == "ray":
            ray = pytest.importorskip("ray")
            import_module("ray.util.joblib").register_ray()
            stack.enter_context(ray.init(num_cpus=2, include_dashboard=False))
        stack.enter_context(joblib.parallel_config(request.param, n_jobs=2))
        yield request.param


class TwoParts(Exception):
    """Cannot be made from a message: a pool that meets one waits for ever."""

    def __init__(self, one, two):
        super().__init__(one, two)


def some_fail(size, name):
    if (size, name) == (2, "b"):
        raise ValueError("out of range")
    if (size, name) == (3, "b"):
        raise TwoParts("one", "two")
    return mixed(size, name)


def mixed(size, name):
    return cell(size, name).assign(x=np.float32(0.1), code=["NA", None, "007"][:size])


def test_every_backend_gives_the_same_resumes_and_names_the_setting_that_fails(
    backend, tmp_path, capsys
):
    with pytest.raises(ValueError, match="^size=2, name=b: out of range"):
        run_grid(some_fail, GRID[:5], tmp_path, progress=False)
    left = {file: file.read_bytes() for file in tmp_path.glob("*.table")}
    assert len(left) >= 3 or backend != "sequential"
    with pytest.raises(RuntimeError, match=r"^size=3, name=b: TwoParts: \('one', 'two'\)"):
        run_grid(some_fail, GRID[5:], progress=False)
    capsys.readouterr()
    resumed = run_grid(mixed, GRID, tmp_path)
    assert "6/6" in capsys.readouterr().err
    assert all(file.read_bytes() == content for file, content in left.items())
    assert {file.suffix for file in tmp_path.iterdir()} == {".table", ".json"}
    with joblib.parallel_config("sequential"):
        alone = run_grid(mixed, GRID, progress=False)
    pd.testing.assert_frame_equal(resumed, alone)
    pd.testing.assert_frame_equal(run_grid(mixed, GRID, progress=False), alone)


VALUES = [
    "007",
    None,
    "None",
    "NA",
    "",
    "True",
    "1e3",
    True,
    1,
    1.0,
    "1",
    0.1 + 0.2,
    0.3,
    -0.0,
    0.0,
]
VALUES += [float("nan"), "nan", np.int64(1), np.float32(1), np.float64(0.1), np.bool_(True)]
VALUES += [np.str_("1"), Path("1"), (1, 2), (1.0, 2), [1, 2], {"a": 1}, np.arange(2), 'ä\r\n,"']


def kind_of(value, among=0):
    """What a cell was given, in a table of every sort of value."""
    made = {"kind": type(value).__name__, "said": repr(value), "text": "NA", "code": "007"}
    made |= {"mixed": [None, "", "NA"], "empty": np.nan, "whole": 3, "small": np.float32(0.1)}
    day = pd.Timestamp("2020-02-02", tz="UTC")
    made |= {"day": day, "bit": True, "mean": 0.1 + 0.2, "object": [1, "1", True]}
    table = pd.DataFrame(made)
    return table.assign(few=pd.Categorical(["a", "b", "a"]), some=pd.array([1, None, 2], "Int64"))


@pytest.mark.parametrize("grid", [[{"value": value}] for value in VALUES], ids=repr)
def test_a_value_keeps_its_type_through_a_resume(grid, tmp_path):
    alone = run_grid(kind_of, grid, progress=False)
    fresh = run_grid(kind_of, grid, tmp_path, progress=False)
    resumed = run_grid(refuses, grid, tmp_path, progress=False)
    for table in (fresh, resumed):
        pd.testing.assert_frame_equal(table, alone)
    value, given = grid[0]["value"], resumed["value"][0]
    assert resumed["kind"][0] == type(value).__name__ and resumed["text"].tolist() == ["NA"] * 3
    assert repr(getattr(given, "tolist", lambda: given)()) == repr(
        getattr(value, "tolist", lambda: value)()
    )


def refuses(**setting):
    raise AssertionError(f"{setting} is computed again")


def test_values_that_differ_only_in_their_type_do_not_share_a_file(tmp_path):
    grid = [{"value": value} for value in VALUES]
    fresh = run_grid(kind_of, grid, tmp_path, progress=False)
    assert len(list(tmp_path.glob("*.table"))) == len(VALUES)
    assert fresh["kind"][::3].tolist() == [type(value).__name__ for value in VALUES]
    pd.testing.assert_frame_equal(run_grid(refuses, grid, tmp_path, progress=False), fresh)
    pd.testing.assert_frame_equal(run_grid(kind_of, grid, progress=False), fresh)


@pytest.mark.parametrize("suffix", [".table", ".json"])
@pytest.mark.parametrize("left", [0.0, 0.5, "one byte is another", "another cell's"])
def test_a_damaged_cell_is_computed_again_and_said(tmp_path, suffix, left):
    whole = run_grid(cell, GRID, tmp_path, progress=False)
    one, other = sorted(tmp_path.glob(f"*{suffix}"))[:2]
    content = bytearray(one.read_bytes())
    if left == "another cell's":
        content = other.read_bytes()
    elif isinstance(left, str):
        content[len(content) // 2 if suffix == ".table" else 0] ^= 255
    else:
        content = content[: int(left * len(content))]
    one.write_bytes(content)
    with pytest.warns(UserWarning, match=f"{one.stem}.* damaged; its cell is computed again"):
        pd.testing.assert_frame_equal(run_grid(cell, GRID, tmp_path, progress=False), whole)
    assert len(seconds_of_cells(tmp_path)) == len(GRID)
    run_grid(refuses, GRID, tmp_path, progress=False)


def test_a_cell_killed_between_table_and_note_is_computed_again(tmp_path):
    run_grid(cell, GRID, tmp_path, progress=False)
    next(tmp_path.glob("*.json")).unlink()
    trace = tmp_path / "trace"
    trace.mkdir()
    run_grid(counted(trace), GRID, tmp_path, progress=False)
    assert len(list(trace.iterdir())) == 1


def test_a_cell_may_give_the_same_table_twice(tmp_path):
    kept = pd.DataFrame({"x": [1]})
    table = run_grid(lambda size: kept, [{"size": 1}, {"size": 2}], progress=False)
    assert table.to_dict("list") == {"size": [1, 2], "x": [1, 1]} and list(kept) == ["x"]
    with pytest.raises(TypeError, match="^size=1: the cell returns a dict, not a DataFrame"):
        run_grid(lambda size: {"x": 1}, [{"size": 1}], progress=False)


def test_equal_cells_at_once_do_not_disturb_each_other(tmp_path):
    with joblib.parallel_config("threading", n_jobs=8):
        table = run_grid(cell, GRID[:1] * 200, tmp_path, progress=False)
    assert len(table) == 200 and len(list(tmp_path.iterdir())) == 2


def test_a_dask_cluster_of_two_workers_gives_the_same(tmp_path):
    """What the README shows: a connected client, and one line."""
    distributed = pytest.importorskip("distributed")

    def cell(seed):
        import torch

        from audioxai_lite.models.cnn14 import Cnn14

        torch.manual_seed(seed)
        values = torch.randn(1, 1, 64, 251)
        with torch.no_grad():
            answers = Cnn14(classes=10).eval()(values)
        return pd.DataFrame({"largest": [float(answers.abs().max())]})

    grid = [{"seed": seed} for seed in range(4)]
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:
        with distributed.Client(cluster) as client, joblib.parallel_config("dask"):
            table = run_grid(cell, grid, tmp_path / "dask", progress=False)
            assert len(client.scheduler_info()["workers"]) == 2
    here = run_grid(cell, grid, progress=False)
    pd.testing.assert_frame_equal(table, here)
    assert len(list((tmp_path / "dask").glob("*.table"))) == 4 and table["largest"].nunique() == 4


def test_what_is_killed_at_any_moment_goes_on_to_the_same_end():
    """A few kills; `python tests/kills.py` has more, of more programs."""
    assert kills.main(["study"], kills=2, seed=time.time_ns()) == 2


def test_an_empty_grid_is_refused():
    with pytest.raises(ValueError, match="the grid is empty"):
        run_grid(cell, [])
