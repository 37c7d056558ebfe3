"""Grids of settings, run cell by cell, in parallel and resumable; and what they found, as CSV files in data/results.

Runs through joblib, so that the caller chooses where: `with joblib.parallel_config("loky", n_jobs=2): run_grid(...)`.
Taught in notebook 07.
"""

import hashlib
import json
import os
import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import joblib
import pandas as pd
from tqdm import tqdm

RESULTS = Path(__file__).parents[1] / "data" / "results"


def run_grid(
    cell: Callable[..., pd.DataFrame], grid: list[dict], folder: str | os.PathLike | None = None, progress: bool = True
) -> pd.DataFrame:
    """Call a function with every setting of a grid, and put the tables that it returns below one another.

    Parameters
    ----------
    cell : callable (**setting) -> DataFrame
        Defined in a module, so that other processes can find it.
    grid : list of dict
        Settings of numbers and strings, all with the same names.
    folder : path, optional
        Where each finished cell is written, in one step. What lies there already is not computed again: a study that
        was killed goes on where it stopped. It belongs to one version of `cell`: clear it when the code changes.
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
    return pd.concat(tqdm(tables, total=len(grid), unit="cell", disable=not progress), ignore_index=True)


def _run_cell(cell: Callable[..., pd.DataFrame], setting: dict, folder: str | os.PathLike | None) -> pd.DataFrame:
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
    return pd.read_csv(file, float_precision="round_trip")  # also what was just computed: one type for all cells


def write_whole(file: Path, text: str) -> None:
    """Write a file of text in one step: whoever is stopped on the way leaves the old one, or none.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(Path(folder, "table.csv"), "a,b")
    ...     [file.name for file in Path(folder).iterdir()]
    ['table.csv']
    """
    partial = file.with_suffix(f".{os.getpid()}.partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, file)


def write_results(
    name: str, table: pd.DataFrame, command: str, seeds: dict[str, list[int]], seconds: float, folder: Path = RESULTS
) -> None:
    """Store what a study found as `NAME.csv`, and how as `NAME.json`, each in one step.

    Parameters
    ----------
    name : str
    table : DataFrame
        Numbers are written with five decimals.
    command : str
        What makes the table again.
    seeds : dict of str to list of int
    seconds : float
        What it took, on the machine and with the jobs that it ran on.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_results("study", pd.DataFrame({"auc": [0.9]}), "make study", {"training": [0]}, 12.0, Path(folder))
    ...     results("study", Path(folder))["auc"].tolist()
    [0.9]
    """
    folder.mkdir(parents=True, exist_ok=True)
    packages = ("audioxai_lite", "torch", "numpy", "scikit-learn")
    how = {
        "command": command,
        "seeds": seeds,
        "duration_s": round(seconds),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "versions": {package: version(package).split("+")[0] for package in packages},
    }
    write_whole(folder / f"{name}.csv", table.round(5).to_csv(index=False))
    write_whole(folder / f"{name}.json", json.dumps(how, indent=2) + "\n")


def results(name: str, folder: Path = RESULTS) -> pd.DataFrame:
    """What a study that comes with the course found; `NAME.json` beside it says with which command.

    Raises
    ------
    FileNotFoundError
        If there is none; the message names the command that makes it.

    Examples
    --------
    >>> sorted(results("sanity")["model"].unique())
    ['plain', 'robust']
    """
    file = folder / f"{name}.csv"
    if not file.exists():
        raise FileNotFoundError(f"{file} is not there; make it with `python -m audioxai_lite study {name}`.")
    return pd.read_csv(file)
