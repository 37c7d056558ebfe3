"""The studies of the course, declared beside their cells: which there are, and how they are run.

A cell is the function that one setting of a study's grid calls. Runs go through joblib, so that the
caller chooses where: `with joblib.parallel_config("loky", n_jobs=2): run_study("detection")`.
Taught in notebook 09.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import torch

from ..evaluation import statistics
from .grids import Cell, run_grid, seconds_of_cells, setting_in_words
from .results import RESULTS, how_made, results, results_by_clip, write_clips, write_results

# Of the course, those that declare studies.
MODULES = [
    *(f"nb{number:02}.studies" for number in (2, 3, 6, 7, 8, 9)),
    "nb04.map_studies",
    "nb04.check_studies",
    "nb09.detector_studies",
    "nb14.studies",
    "nb14.pitch_studies",
]


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
        Settings: the cell is called with each. See `study_settings`.
    columns : list of str
        Of the table, in order.
    means_by : list of str, optional
        For cells that give a row a clip: what belongs together in the means that are written. See
        `means_over_clips`.

    Examples
    --------
    >>> @study("squares", study_settings(size=[2, 3]), ["size", "square"])
    ... def squares_cell(size):
    ...     return pd.DataFrame({"square": [size * size]})
    >>> DECLARED.pop("squares").grid
    [{'size': 2}, {'size': 3}]
    """

    def declare(cell: Cell) -> Cell:
        DECLARED[name] = Study(cell, grid, columns, means_by)
        return cell

    return declare


def study_settings(**values: list) -> list[dict]:
    """Every combination of the values, the first name changing slowest.

    Examples
    --------
    >>> study_settings(size=[1, 2], name=["a"])
    [{'size': 1, 'name': 'a'}, {'size': 2, 'name': 'a'}]
    """
    index = pd.MultiIndex.from_product(values.values(), names=values.keys())
    return index.to_frame(index=False).to_dict("records")


def study_columns(*names: str) -> list[str]:
    """Columns of means and of the ends of their intervals.

    Examples
    --------
    >>> study_columns("AD")
    ['AD', 'AD low', 'AD high']
    """
    return [f"{name}{part}" for name in names for part in ("", " low", " high")]


def every_study() -> dict[str, Study]:
    """All studies of the course by name, in the order of the notebooks.

    Examples
    --------
    >>> list(every_study())[:3]
    ['detection', 'masking', 'planted']
    """
    order = [import_module(f"audioxai_lite.course.{module}").__name__ for module in MODULES]
    return dict(sorted(DECLARED.items(), key=lambda item: order.index(item[1].cell.__module__)))


def run_study(name: str, resume: bool = False, dataset: str | None = None) -> pd.DataFrame:
    """Run a study with joblib as the caller configured it, and write what it found to data/results:
    the table and, for a study of means, what they are the means of, a row a clip.

    Parameters
    ----------
    name : one of `every_study()`
    resume : bool, default False
        Go on with what a run that was stopped has left, instead of starting anew.
    dataset : str, optional
        Run only what is asked of this data set; of the others the stored rows stay. None runs all.

    Raises
    ------
    ValueError
        If there is no such study, or it does not ask that data set.
    FileNotFoundError
        If one data set is asked, and the study was never run as a whole.

    Examples
    --------
    >>> run_study("tides")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: there is no study 'tides'; there are detection, masking, ...
    """
    studies = every_study()
    if name not in studies:
        raise ValueError(f"there is no study {name!r}; there are {', '.join(studies)}")
    chosen, unfinished = studies[name], _unfinished(name, dataset)
    grid = _grid_of(name, chosen.grid, dataset)
    stored = None if dataset is None else results(name)  # before hours are spent
    if not resume:
        shutil.rmtree(unfinished, ignore_errors=True)
    clips = run_grid(chosen.cell, grid, unfinished)
    table = means_over_clips(clips, chosen.means_by) if chosen.means_by else clips
    table, cells = table.reindex(columns=chosen.columns), seconds_of_cells(unfinished)
    if stored is not None:
        table = _beside_stored(stored, table, chosen.grid)
        cells = how_made(name).get("cells_s", {}) | cells
        if chosen.means_by:
            clips = _beside_stored(results_by_clip(name), clips, chosen.grid)
    if chosen.means_by:
        write_clips(name, clips)
    words = [setting_in_words(setting) for setting in chosen.grid]
    cells = {setting: cells[setting] for setting in words if setting in cells}
    # Cells take a processor each. Until all were timed, the duration of the last whole run.
    whole = sum(cells.values()) / joblib.effective_n_jobs()
    seconds = whole if len(cells) == len(words) else how_made(name)["duration_s"]
    command = f"python -m audioxai_lite study {name}"
    write_results(name, table, command, _seeds(chosen.grid), seconds, cells=cells)
    shutil.rmtree(unfinished)
    return table


def _unfinished(name: str, dataset: str | None) -> Path:
    """Where a run leaves its cells; one of a single data set leaves those of a whole run alone."""
    of = name if dataset is None else f"{name}.{dataset}"
    return RESULTS / f"{of}.unfinished"


def _grid_of(name: str, grid: list[dict], dataset: str | None) -> list[dict]:
    """The settings that ask a data set; None asks all."""
    asked = {row["data"] for row in grid if "data" in row}
    if dataset is not None and dataset not in asked:
        there = f"it asks {', '.join(sorted(asked))}" if asked else "its grid has no data sets"
        raise ValueError(f"study {name!r} has no data set {dataset!r}: {there}")
    return [row for row in grid if dataset in (None, row.get("data"))]


def _beside_stored(stored: pd.DataFrame, found: pd.DataFrame, grid: list[dict]) -> pd.DataFrame:
    """What was found of one data set, among the stored rows of the others, in the grid's order."""
    others = stored[~stored["data"].isin(found["data"].unique())]
    order = list(dict.fromkeys(row["data"] for row in grid))
    both, place = pd.concat([others, found]), lambda data: data.map(order.index)
    return both.sort_values("data", key=place, kind="stable", ignore_index=True)


def _seeds(grid: list[dict]) -> dict[str, list[int]]:
    """The seeds that a grid names; without any, every generator of its cells starts at 0."""
    names = [name for name in grid[0] if name.endswith("seed")]
    return {name: sorted({row[name] for row in grid}) for name in names} or {"seed": [0]}


def study_mean(
    measured: dict[str, np.ndarray], less: dict[str, np.ndarray] | None = None
) -> dict[str, float]:
    """The mean over clips of what was measured, with its 95 % interval from a bootstrap over clips.

    Parameters
    ----------
    measured : dict of ndarray, shape (clips,)
        "value", of which the mean is taken. With "over" it is the mean value over the mean of
        that: a ratio. "share" and "chance" are averaged beside it, without an interval.
    less : dict of ndarray, shape (clips,), optional
        What is taken off, measured in the same way on the same clips: a paired difference.

    Returns
    -------
    dict
        "value", "value low", "value high"; without `less` also share and chance, where measured.

    Examples
    --------
    >>> study_mean({"value": np.array([1.0, 3.0]), "share": np.array([0.2, 0.4])})["share"]
    np.float64(0.30000000000000004)
    """
    clips = len(measured["value"])
    rows = np.vstack(
        [np.arange(clips), statistics.bootstrap_draws(clips)]
    )  # first the sample itself
    means = _ratio_of_means(measured, rows)
    if less is not None:
        means = means - _ratio_of_means(less, rows)
    row = statistics.interval("value", means[0], means[1:])
    if less is None:
        row |= {name: measured[name].mean() for name in ("share", "chance") if name in measured}
    return row


def _ratio_of_means(measured: dict[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
    """The mean value of every draw of clips, over the mean of "over" where there is one."""
    means = measured["value"][rows].mean(axis=1)
    if "over" in measured:
        means = means / measured["over"][rows].mean(axis=1).clip(1e-12)
    return means


def means_over_clips(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Means over clips and trainings of every number that is not a key, with 95 % intervals.

    With a column "seed" of trainings, over all of them, then training by training: of the former
    the intervals count trainings and clips, see `statistics.drawn_means`, of the others clips.

    Parameters
    ----------
    table : DataFrame
        A row a clip and training.
    keys : list of str
        Columns that say what belongs together.

    Returns
    -------
    DataFrame
        The keys, "seed" ("all" or its number) if the table has it, "clips", and for a number V the
        columns V, "V low" and "V high".

    Examples
    --------
    >>> table = pd.DataFrame({"kind": "a", "clip": ["p", "q"] * 2, "seed": [0, 0, 1, 1]})
    >>> table["x"] = [1.0, 3.0, 2.0, 4.0]
    >>> means_over_clips(table, ["kind"])[["seed", "clips", "x"]].to_dict("list")
    {'seed': ['all', 0, 1], 'clips': [2, 2, 2], 'x': [2.5, 2.0, 3.0]}
    """
    no_numbers = [*keys, "clip", "part", "seed"]
    measured = table.select_dtypes("number").columns.drop(no_numbers, errors="ignore")
    rows = []
    for key, group in table.groupby(keys, sort=False):
        named = dict(zip(keys, key, strict=True))
        if "seed" not in table:
            rows.append(named | _means([group], measured))
            continue
        trainings = dict(list(group.groupby("seed")))
        rows.append(named | {"seed": "all"} | _means([*trainings.values()], measured))
        for seed, training in trainings.items():
            rows.append(named | {"seed": seed} | _means([training], measured))
    return pd.DataFrame(rows)


def _means(trainings: list[pd.DataFrame], measured: pd.Index) -> dict[str, float]:
    """How many clips, and the mean of each column with its interval; a table for each training."""
    if len(trainings) > 1:
        clips = pd.concat(trainings)["clip"].unique()
        trainings = [each.set_index("clip").reindex(clips) for each in trainings]
    columns = {name: np.stack([each[name] for each in trainings]) for name in measured}
    scores = {
        name: torch.tensor(values.astype(float))[None]
        for name, values in columns.items()
        if not pd.isna(values).all()
    }
    means = statistics.with_intervals(scores, ["all"]).iloc[0].to_dict()
    return {"clips": len(trainings[0])} | means
