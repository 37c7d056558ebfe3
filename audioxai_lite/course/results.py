"""Where the course keeps what its studies made, and their tables, each with how it was made."""

import gzip
import hashlib
import io
import json
import os
import platform
import zlib
from pathlib import Path

import pandas as pd

from ..version import version_of
from ..writing import restoring, write_whole

DIGITS = "%.4g"  # of what is stored a clip: a mean of it is wrong by less than its interval by far
DATA = Path(__file__).parents[2] / "data"
RESULTS = DATA / "results"
CHECKPOINTS = DATA / "checkpoints"  # weights that come with the course


def write_results(
    name: str,
    table: pd.DataFrame,
    command: str,
    seeds: dict[str, list[int]],
    seconds: float,
    folder: Path = RESULTS,
    cells: dict[str, float] | None = None,
) -> None:
    """Store what a study found as `NAME.csv`, and how as `NAME.json`, each in one step; the latter
    holds the hash of the former, so that a table that was cut off or altered is noticed.

    Parameters
    ----------
    name : str
    table : DataFrame
        Numbers are written with five decimals.
    command : str
        What makes the table again.
    seeds : dict of str to list of int
    seconds : float
        What it takes, on the machine and with the jobs that it ran on.
    cells : dict of str to float, optional
        Of a study, the seconds of a processor that each setting took.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table, folder = pd.DataFrame({"auc": [0.9]}), Path(folder)
    ...     write_results("study", table, "make study", {"training": [0]}, 12.0, folder)
    ...     results("study", folder)["auc"].tolist()
    [0.9]
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = how(command, seeds, seconds) | ({} if cells is None else {"cells_s": cells})
    text = table.round(5).to_csv(index=False)
    made["sha256"] = _hash_of_text(text.encode())
    write_whole(folder / f"{name}.csv", text)
    write_whole(folder / f"{name}.json", json.dumps(made, indent=2) + "\n")


def how(command: str, seeds: dict[str, list[int]], seconds: float) -> dict:
    """How something is being made, on this machine: command, seeds, duration_s, machine,
    versions.

    Examples
    --------
    >>> how("make study", {"training": [0]}, 12.3)["duration_s"]
    12
    """
    packages = ("audioxai_lite", "torch", "numpy", "scikit-learn")
    return {
        "command": command,
        "seeds": seeds,
        "duration_s": round(seconds),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "versions": {package: version_of(package) for package in packages},
    }


def _hash_of_text(content: bytes) -> str:
    """The same for any ends of lines: a clone on Windows has others."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def read_record(file: Path) -> dict:
    """What a file of JSON says that comes with the course.

    Raises
    ------
    ValueError
        If it is damaged; the message says how to get it back.
    FileNotFoundError
        If it is not there; the message says the same.

    Examples
    --------
    >>> read_record(RESULTS / "sanity.json")["seeds"]
    {'seed': [0, 1, 2]}
    """
    if not file.is_file():
        raise FileNotFoundError(f"{file} is not there. {restoring(file)}")
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{file} is damaged ({error}). {restoring(file)}") from error
    if not isinstance(record, dict):
        raise ValueError(f"{file} is damaged: it holds no record. {restoring(file)}")
    return record


def how_made(name: str, folder: Path = RESULTS) -> dict:
    """How the table of a study that comes with the course was made: command, seeds, duration_s,
    cells_s (seconds of a processor, each setting), machine, versions, sha256 (of the table).

    Examples
    --------
    >>> how_made("sanity")["command"]
    'python -m audioxai_lite study sanity'
    """
    return read_record(folder / f"{name}.json")


def results(name: str, folder: Path = RESULTS) -> pd.DataFrame:
    """What a study that comes with the course found; `NAME.json` beside it says with which command.

    Raises
    ------
    FileNotFoundError
        If there is none; the message names the command that makes it.
    ValueError
        If it is damaged; the message says how to get it back.

    Examples
    --------
    >>> sorted(results("sanity")["model"].unique())
    ['plain', 'robust']
    """
    file = folder / f"{name}.csv"
    content, record = _content(file, name), folder / f"{name}.json"
    made = read_record(record)
    if made.get("sha256", "") not in ("", _hash_of_text(content)):
        raise ValueError(
            f"{file} is damaged or was replaced: its hash is not the one in {record.name}. "
            f"{restoring(file, record)} {_making(name)}"
        )
    return _table(file, content, name)


def _content(file: Path, name: str) -> bytes:
    if not file.is_file():
        text = f"{file} is not there; make it with `python -m audioxai_lite study {name}`."
        raise FileNotFoundError(text)
    return file.read_bytes()


def _making(name: str) -> str:
    return f"Or make it again: `python -m audioxai_lite study {name}`."


def _table(file: Path, content: bytes, name: str) -> pd.DataFrame:
    """A table from the bytes of its file, which a compressed one checks by itself."""
    try:
        packed = file.suffix == ".gz"
        return pd.read_csv(io.BytesIO(gzip.decompress(content) if packed else content))
    except (OSError, EOFError, zlib.error, ValueError) as error:
        text = f"{file} is damaged ({error}). {restoring(file)} {_making(name)}"
        raise ValueError(text) from error


def write_clips(name: str, table: pd.DataFrame, folder: Path = RESULTS) -> None:
    """Store what a study measured of each clip, from which another question can be answered, as
    `NAME.clips.csv.gz`, with four digits.

    It is a text file, compressed: every tool reads it, and no library for columns is needed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_clips("study", pd.DataFrame({"clip": ["a"], "AD": [1 / 3]}), Path(folder))
    ...     results_by_clip("study", Path(folder))["AD"].tolist()
    [0.3333]
    """
    text = table.to_csv(index=False, float_format=DIGITS).encode()
    packed = io.BytesIO()
    # Without the time of day, the same table is the same file.
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as file:
        file.write(text)
    write_whole(folder / f"{name}.clips.csv.gz", packed.getvalue())


def results_by_clip(name: str, folder: Path = RESULTS) -> pd.DataFrame:
    """What a study that comes with the course measured of each clip.

    Raises
    ------
    FileNotFoundError
        If there is none: the study is not one of means over clips, or was not run.
    ValueError
        If it is damaged; the message says how to get it back.

    Examples
    --------
    >>> results_by_clip("tides")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    FileNotFoundError: .../tides.clips.csv.gz is not there; ...
    """
    file = folder / f"{name}.clips.csv.gz"
    return _table(file, _content(file, name), name)


def by_training(table: pd.DataFrame, value: str, less: str = "", **where) -> pd.DataFrame:
    """A number of each clip, as `statistics.mean_interval` takes it.

    Parameters
    ----------
    table : DataFrame
        A row a clip and training: with the columns seed and clip, see `results_by_clip`.
    value : str
        A column.
    less : str, optional
        Another, which is taken off, clip by clip: a paired difference.
    **where
        What columns hold in the rows that are asked for.

    Returns
    -------
    DataFrame, shape (trainings, clips)

    Examples
    --------
    >>> table = pd.DataFrame({"seed": [0, 1], "clip": "a", "own": [3, 5], "target": [4, 4]})
    >>> by_training(table, "target", less="own", clip="a")["a"].tolist()
    [1, -1]
    """
    for column, wanted in where.items():
        table = table[table[column] == wanted]
    numbers = table[value] - table[less] if less else table[value]
    return table.assign(number=numbers).pivot(index="seed", columns="clip", values="number")
