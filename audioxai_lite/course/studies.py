"""The studies of the course: grids of settings, run cell by cell, in parallel and resumable.

A study is declared beside its cell, the function that one setting of its grid calls. Runs go
through joblib, so that the caller chooses where: `with joblib.parallel_config("loky", n_jobs=2):
run("detection")`. Taught in notebook 09.
"""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from audioxai_lite.course.results import RESULTS, write_results, write_whole
from audioxai_lite.evaluation import statistics

NOTEBOOKS = ("nb02", "nb03", "nb04", "nb06", "nb07", "nb08", "nb09")  # those with studies
Cell = Callable[..., pd.DataFrame]


@dataclass(frozen=True)
class Study:
    """A cell with its grid of settings, the columns of what is written, and over what means are
    taken, if at all.
    """

    cell: Cell
    grid: list[dict]
    columns: list[str]
    means_by: list[str] | None


DECLARED: dict[str, Study] = {}


def study(
    name: str, grid: list[dict], columns: list[str], means_by: list[str] | None = None
) -> Callable[[Cell], Cell]:
    """Declare the function below as the cell of a study.

    Parameters
    ----------
    name : str
        What it is run by, and its table in data/results is called.
    grid : list of dict
        Settings: the cell is called with each. See `settings`.
    columns : list of str
        Of the table, in order.
    means_by : list of str, optional
        For cells that give a row a clip: what belongs together in the means that are written. See
        `with_means`.

    Examples
    --------
    >>> @study("squares", settings(size=[2, 3]), ["size", "square"])
    ... def squares_cell(size):
    ...     return pd.DataFrame({"square": [size * size]})
    >>> DECLARED.pop("squares").grid
    [{'size': 2}, {'size': 3}]
    """

    def declare(cell: Cell) -> Cell:
        DECLARED[name] = Study(cell, grid, columns, means_by)
        return cell

    return declare


def settings(**values: list) -> list[dict]:
    """Every combination of the values, the first name changing slowest.

    Examples
    --------
    >>> settings(size=[1, 2], name=["a"])
    [{'size': 1, 'name': 'a'}, {'size': 2, 'name': 'a'}]
    """
    index = pd.MultiIndex.from_product(values.values(), names=values.keys())
    return index.to_frame(index=False).to_dict("records")


def with_ends(*names: str) -> list[str]:
    """Columns of means and of the ends of their intervals.

    Examples
    --------
    >>> with_ends("AD")
    ['AD', 'AD low', 'AD high']
    """
    return [f"{name}{part}" for name in names for part in ("", " low", " high")]


def every() -> dict[str, Study]:
    """All studies of the course by name, in the order of the notebooks.

    Examples
    --------
    >>> list(every())[:3]
    ['detection', 'masking', 'planted']
    """
    for notebook in NOTEBOOKS:
        import_module(f"audioxai_lite.course.{notebook}.studies")
    return DECLARED


def run(name: str, resume: bool = False) -> pd.DataFrame:
    """Run a study with joblib as the caller configured it, and write what it found to data/results.

    Parameters
    ----------
    name : one of `every()`
    resume : bool, default False
        Go on with what a run that was stopped has left, instead of starting anew.

    Raises
    ------
    ValueError
        If there is no such study.

    Examples
    --------
    >>> run("tides")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: there is no study 'tides'; there are detection, masking, ...
    """
    studies = every()
    if name not in studies:
        raise ValueError(f"there is no study {name!r}; there are {', '.join(studies)}")
    chosen = studies[name]
    unfinished = RESULTS / f"{name}.unfinished"
    if not resume:
        shutil.rmtree(unfinished, ignore_errors=True)
    start = time.monotonic()
    table = run_grid(chosen.cell, chosen.grid, unfinished)
    if chosen.means_by:
        table = with_means(table, chosen.means_by)
    table = table.reindex(columns=chosen.columns)
    first = chosen.grid[0]
    seeds = {
        key: sorted({row[key] for row in chosen.grid}) for key in first if key.endswith("seed")
    }
    seeds = seeds or {
        "seed": [0]
    }  # nothing is drawn twice: every generator of such a study starts at 0
    write_results(
        name, table, f"python -m audioxai_lite study {name}", seeds, time.monotonic() - start
    )
    shutil.rmtree(unfinished)
    return table


def run_grid(
    cell: Callable[..., pd.DataFrame],
    grid: list[dict],
    folder: str | os.PathLike | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Call a function with every setting of a grid, and put the tables that it returns below one
    another.

    Parameters
    ----------
    cell : callable (**setting) -> DataFrame
        Defined in a module, so that other processes can find it.
    grid : list of dict
        Settings of numbers and strings, all with the same names.
    folder : path, optional
        Where each finished cell is written, in one step. What lies there already is not computed
        again: a study that was killed goes on where it stopped. It belongs to one version of
        `cell`: clear it when the code changes.
    progress : bool, default True
        Show a progress bar, as text on stderr.

    Returns
    -------
    DataFrame
        In the order of the grid, with the setting's names as first columns.

    Raises
    ------
    ValueError
        If the grid is empty.

    Examples
    --------
    >>> def cell(size):
    ...     return pd.DataFrame({"square": [size * size]})
    >>> run_grid(cell, [{"size": 2}, {"size": 3}], progress=False).to_dict("list")
    {'size': [2, 3], 'square': [4, 9]}
    """
    if not grid:
        raise ValueError("there is nothing to run: the grid is empty")
    if folder is not None:
        Path(folder).mkdir(parents=True, exist_ok=True)
    tasks = (joblib.delayed(_run_cell)(cell, setting, folder) for setting in grid)
    tables = joblib.Parallel(return_as="generator")(tasks)
    return pd.concat(
        tqdm(tables, total=len(grid), unit="cell", disable=not progress), ignore_index=True
    )


def _run_cell(
    cell: Callable[..., pd.DataFrame], setting: dict, folder: str | os.PathLike | None
) -> pd.DataFrame:
    """The table of one setting, from its file when there is one."""
    digest = hashlib.sha256(json.dumps(setting, sort_keys=True).encode()).hexdigest()[:16]
    file = folder and Path(folder) / f"{digest}.csv"
    if not (file and file.exists()):
        table = cell(**setting)
        for position, (name, value) in enumerate(setting.items()):
            table.insert(position, name, value)
        if not file:
            return table
        write_whole(file, table.to_csv(index=False))
    return pd.read_csv(
        file, float_precision="round_trip"
    )  # also what was just computed: one type for all cells


def summary(
    measured: dict[str, np.ndarray], less: dict[str, np.ndarray] | None = None
) -> dict[str, float]:
    """Means over clips, of the value with its 95 % interval from a bootstrap over clips.

    A value measured "over" something becomes the ratio of the two means; `less` is taken off, clip
    by clip the same.
    """
    clips = len(measured["value"])
    draws = np.vstack(
        [np.arange(clips), np.random.default_rng(0).integers(clips, size=(1000, clips))]
    )

    def means(of: dict[str, np.ndarray]) -> np.ndarray:
        value = of["value"][draws].mean(axis=1)
        return value / of["over"][draws].mean(axis=1).clip(1e-12) if "over" in of else value

    values = means(measured) - (means(less) if less is not None else 0)
    low, high = np.percentile(values[1:], [2.5, 97.5])
    others = {
        key: value.mean()
        for key, value in measured.items()
        if key in ("share", "chance") and less is None
    }
    return {"value": values[0], "low": low, "high": high} | others


def with_means(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Means over clips of every number that is not a key: over "all" folds with 95 % intervals, and
    fold by fold.

    The intervals come from a bootstrap over clips: they know nothing of how a network would have
    been trained anew. The folds tell that.
    """
    measured = table.select_dtypes("number").columns.drop(
        [*keys, "clip", "part", "test_fold"], errors="ignore"
    )
    folds = [*keys, "test_fold"]
    by_fold = (
        [table.groupby(folds, sort=False)[measured].mean().reset_index()]
        if "test_fold" in table
        else []
    )
    rows = []
    for key, group in table.groupby(keys, sort=False):
        scores = {
            name: torch.tensor(group[name].to_numpy(float))[None]
            for name in measured
            if group[name].notna().any()
        }
        found = statistics.with_intervals(scores, ["all"]).iloc[0]
        rows.append(
            dict(zip(keys, key, strict=True))
            | {"test_fold": "all", "clips": len(group)}
            | found.to_dict()
        )
    return pd.concat([pd.DataFrame(rows), *by_fold], ignore_index=True)
