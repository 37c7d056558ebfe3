"""The studies of the course, declared beside their cells: which there are, and how they are run.

A cell is the function that one setting of a study's grid calls. Runs go through joblib, so that the
caller chooses where: `with joblib.parallel_config("loky", n_jobs=2): run_study("detection")`.
Taught in notebook 09.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from itertools import product
from pathlib import Path

import joblib
import pandas as pd

from .grids import Cell, run_grid, seconds_of_cells, setting_in_words
from .means import means_over_clips
from .results import RESULTS, how_made, results, results_by_clip, write_clips, write_results

# Of the course, those that declare studies.
MODULES = [
    *(f"nb{number:02}.studies" for number in (2, 3, 6, 7, 8, 9)),
    "nb04.map_studies",
    "nb04.check_studies",
    "nb09.detector_studies",
    "nb10.studies",
    "nb11.trainings",
    "nb11.studies",
    "nb11.recordings",
    "nb12.studies",
    "nb13.studies",
    "nb13.losses",
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
        `means_over_clips`. Other cells may add rows that name a "clip", to be stored by clip.

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
    return [dict(zip(values, chosen, strict=True)) for chosen in product(*values.values())]


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
    found = _as_numbers(run_grid(chosen.cell, grid, unfinished))
    table, clips = _means_and_clips(found, chosen.means_by)
    table, cells = table.reindex(columns=chosen.columns), seconds_of_cells(unfinished)
    if stored is not None:
        table = _beside_stored(stored, table, chosen.grid)
        cells = how_made(name).get("cells_s", {}) | cells
        if clips is not None:
            clips = _beside_stored(results_by_clip(name), clips, chosen.grid)
    if clips is not None:
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


def _means_and_clips(
    found: pd.DataFrame, means_by: list[str] | None
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """The table of a study, and what it measured of each clip, where that is stored by itself: by
    `means_by`, or by rows of its cells that name a clip beside others that do not.
    """
    if means_by:
        return means_over_clips(found, means_by), found
    of_clips = found["clip"].notna() if "clip" in found else pd.Series(True, found.index)
    if of_clips.all():
        return found, None
    return found[~of_clips], found[of_clips].dropna(axis=1, how="all")


def _as_numbers(found: pd.DataFrame) -> pd.DataFrame:
    """A column that is empty in one cell and numbers in another as numbers, and those of 32 bits by
    their digits, as a file has them.
    """
    found = found.infer_objects()
    for name in found.select_dtypes("float32"):
        found[name] = found[name].astype(str).astype(float)
    return found


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
    return {name: sorted({int(row[name]) for row in grid}) for name in names} or {"seed": [0]}
