"""A function called with every setting of a grid, in parallel and resumable. Taught in notebook
09.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import joblib
import pandas as pd
from tqdm import tqdm

from ..writing import write_whole

Cell = Callable[..., pd.DataFrame]


def run_grid(
    cell: Cell, grid: list[dict], folder: str | os.PathLike | None = None, progress: bool = True
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
        Where each finished cell is written, in one step, and how long it took. What lies there
        already is not computed again: a study that was killed goes on where it stopped. It
        belongs to one version of `cell`: clear it when the code changes.
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
    shown = tqdm(tables, total=len(grid), unit="cell", disable=not progress)
    return pd.concat(shown, ignore_index=True)


def setting_in_words(setting: dict) -> str:
    """What the cell of a setting is called in records.

    Examples
    --------
    >>> setting_in_words({"size": 2, "name": "a"})
    'size=2, name=a'
    """
    return ", ".join(f"{name}={value}" for name, value in setting.items())


def seconds_of_cells(folder: str | os.PathLike) -> dict[str, float]:
    """How long each cell took that `run_grid` left in a folder, by its setting in words: seconds of
    a processor, the same whatever else the machine has to do.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     grid = [{"size": 2}]
    ...     _ = run_grid(lambda size: pd.DataFrame({"x": [size]}), grid, folder, progress=False)
    ...     list(seconds_of_cells(folder))
    ['size=2']
    """
    taken: dict[str, float] = {}
    for file in Path(folder).glob("*.json"):
        taken |= json.loads(file.read_text())
    return taken


def _run_cell(cell: Cell, setting: dict, folder: str | os.PathLike | None) -> pd.DataFrame:
    """The table of one setting, from its file when there is one."""
    if folder is None:
        return _table(cell, setting)
    digest = hashlib.sha256(json.dumps(setting, sort_keys=True).encode()).hexdigest()[:16]
    file = Path(folder) / f"{digest}.csv"
    if not file.exists():
        start = time.process_time()
        table = _table(cell, setting)
        taken = {setting_in_words(setting): round(time.process_time() - start, 1)}
        write_whole(file.with_suffix(".json"), json.dumps(taken))
        write_whole(file, table.to_csv(index=False))
    # What was just computed is read again, too, so that a column has one type in all cells.
    return pd.read_csv(file, float_precision="round_trip")


def _table(cell: Cell, setting: dict) -> pd.DataFrame:
    """What a cell gives for a setting, the setting in the first columns."""
    table = cell(**setting)
    for position, (name, value) in enumerate(setting.items()):
        table.insert(position, name, value)
    return table
