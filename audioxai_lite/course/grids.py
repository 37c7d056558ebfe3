"""A function called with every setting of a grid, in parallel and resumable. Taught in notebook
09.
"""

import hashlib
import json
import os
import pickle
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd

from ..parallel import results_in_order
from ..writing import write_whole

Cell = Callable[..., pd.DataFrame]


def run_grid(
    cell: Cell, grid: list[dict], folder: str | os.PathLike | None = None, progress: bool = True
) -> pd.DataFrame:
    """Call a function with every setting of a grid, and put the tables that it returns below one
    another. Where the calls run is said by `joblib.parallel_config`.

    Parameters
    ----------
    cell : callable (**setting) -> DataFrame
        Defined in a module, so that other processes can find it.
    grid : list of dict
        Settings, all with the same names. Values of any kind that other processes can be sent.
    folder : path, optional
        Where each finished cell is written, in one step, and how long it took. What lies there
        whole is not computed again: a study that was killed goes on where it stopped. It
        belongs to one version of `cell`: clear it when the code changes.
    progress : bool, default True
        Show a progress bar, as text on stderr.

    Returns
    -------
    DataFrame
        In the order of the grid, with the setting's names as first columns. Values and types are
        the same with a folder and without, in one run and in several.

    Raises
    ------
    ValueError
        If the grid is empty.
    Exception
        What a cell raises, with its setting in the message; a RuntimeError, if that error cannot be
        made from a message. The finished cells stay in the folder.

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
        Path(folder).mkdir(parents=True, exist_ok=True)  # where it cannot be made, say so first
    files = [_file_of(setting, folder) for setting in grid]
    stored = [_stored_table(file) for file in files]
    tasks = [
        joblib.delayed(_run_cell)(cell, setting, file)
        for setting, file, table in zip(grid, files, stored, strict=True)
        if table is None
    ]
    made = results_in_order(tasks, len(grid), "cell", progress, done=len(grid) - len(tasks))
    tables = [next(made) if table is None else table for table in stored]
    next(made, None)  # ends the progress bar
    with_settings = map(_with_setting, tables, grid)
    return pd.concat(with_settings, ignore_index=True)


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
    records = [_record(file) for file in Path(folder).glob("*.json")]
    return {record["setting"]: record["seconds"] for record in records if record}


def _file_of(setting: dict, folder: str | os.PathLike | None) -> Path | None:
    """Where the table of a setting is kept: settings that differ in a type have two files."""
    return None if folder is None else Path(folder).absolute() / f"{joblib.hash(setting)}.table"


def _record(file: Path) -> dict[str, Any]:
    """What was noted of a finished cell; nothing, if the note is damaged."""
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        return {name: record[name] for name in ("setting", "seconds", "sha256")}
    except (ValueError, KeyError, TypeError):
        return {}


def _stored_table(file: Path | None) -> pd.DataFrame | None:
    """What an earlier run left of a cell. The note is written last: without it, the cell was not
    finished.
    """
    if file is None or not file.with_suffix(".json").exists():
        return None
    try:
        content = file.read_bytes()
        if hashlib.sha256(content).hexdigest() == _record(file.with_suffix(".json"))["sha256"]:
            return _as_table(content.decode())
    except Exception:  # whatever is wrong with what lies there, it can be computed again
        pass
    warnings.warn(f"{file} or its note is damaged; its cell is computed again", stacklevel=3)
    return None


def _run_cell(cell: Cell, setting: dict, file: Path | None) -> pd.DataFrame:
    """The table of one setting, which is written to its file."""
    start = time.process_time()
    try:
        table = cell(**setting)
        if not isinstance(table, pd.DataFrame):
            raise TypeError(f"the cell returns a {type(table).__name__}, not a DataFrame")
        content = _as_text(table)
    except Exception as error:
        raise _with_words(error, setting_in_words(setting)) from error
    if file is not None:
        seconds = round(time.process_time() - start, 1)
        record: dict[str, Any] = {"setting": setting_in_words(setting), "seconds": seconds}
        note = json.dumps(record | {"sha256": hashlib.sha256(content.encode()).hexdigest()})
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, content)
        write_whole(file.with_suffix(".json"), note)
    return _as_table(content)


def _as_text(table: pd.DataFrame) -> str:
    """A table with the types of its columns, every digit kept; no pickle, which could run code."""
    columns = [[name, str(kind), table[name].tolist()] for name, kind in table.dtypes.items()]
    return json.dumps({"rows": len(table), "columns": columns}, default=_plain)


def _plain(value: Any) -> Any:
    """A value of NumPy as Python's, a missing one as none, a date in words."""
    if value is pd.NA:
        return None
    return value.item() if isinstance(value, np.generic) else str(value)


def _as_table(text: str) -> pd.DataFrame:
    stored = json.loads(text)
    columns = {name: pd.Series(values, dtype=kind) for name, kind, values in stored["columns"]}
    return pd.DataFrame(columns, index=range(stored["rows"]))


def _with_words(error: Exception, words: str) -> Exception:
    """An error of the same type whose message names the setting, and that comes whole out of
    another process.
    """
    try:
        named = pickle.loads(pickle.dumps(type(error)(f"{words}: {error}")))
        if words in str(named):
            return named
    except Exception:  # it is made from other things, or known to one process alone
        pass
    return RuntimeError(f"{words}: {type(error).__name__}: {error}")


def _with_setting(table: pd.DataFrame, setting: dict) -> pd.DataFrame:
    """A table with its setting in the first columns."""
    table = table.copy()
    for position, (name, value) in enumerate(setting.items()):
        if pd.api.types.is_list_like(value):  # one value, not one a row
            value = pd.Series([value] * len(table), table.index, dtype=object)
        table.insert(position, name, value)
    return table
