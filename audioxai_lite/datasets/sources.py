"""Where recordings come from, and what is trusted of them.

`checksums/NAME.txt` lists every file of a data set with the hash of its content.
"""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..writing import restoring

CHECKSUMS = Path(__file__).with_name("checksums")
ESC_LIST = Path("meta", "esc50.csv")

LISTED = tomllib.loads(Path(__file__).with_name("sources.toml").read_text(encoding="utf-8"))
ESC50_CLASSES: list[str] = LISTED["esc50"]["classes"]
"""ESC-50's classes in the order of its target numbers."""
ESC10_CLASSES = [ESC50_CLASSES[number] for number in LISTED["esc50"]["esc10"]]
SYNTHESISED: dict[str, str] = LISTED["synthesised"]
"""What is made when it is asked for: name and description."""


class DownloadError(RuntimeError):
    """A data set is not there or cannot be had; the message says what is wrong, where, and what to
    do.
    """


@dataclass(frozen=True)
class Source:
    """Where a data set comes from: its `files`, by their name under `archives`, each with its
    address and megabytes.
    """

    what: str
    licence: str
    page: str
    files: dict[str, list]
    megabytes: float
    esc_layout: bool = False
    checksums: str = ""  # the sha256 of `checksums/NAME.txt`, with plain ends of lines


SOURCES = {name: Source(**about) for name, about in LISTED["recorded"].items()}


def source(name: str) -> Source:
    """Where a data set of recordings comes from.

    Raises
    ------
    DownloadError
        If it is synthesised, or there is none of that name.

    Examples
    --------
    >>> source("machine")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    audioxai_lite.datasets.sources.DownloadError: machine is synthesised ... nothing to download.
    """
    if name in SYNTHESISED:
        raise DownloadError(f"{name} is synthesised when asked for: there is nothing to download.")
    if name not in SOURCES:
        there = ", ".join(SOURCES)
        raise DownloadError(f"There is no data set {name!r} to download; there are {there}.")
    return SOURCES[name]


def checksums(name: str) -> dict[str, str]:
    """Every file of a data set, by its path there: "algorithm:hash" of its content.

    Raises
    ------
    DownloadError
        If the list of them, which comes with the package, is absent or damaged.

    Examples
    --------
    >>> checksums("noises")["149024__foxen10__horse_whinny.wav"].split(":")[0]
    'sha256'
    """
    file = CHECKSUMS / f"{name}.txt"
    content = file.read_bytes().replace(b"\r\n", b"\n") if file.is_file() else b""
    expected = SOURCES[name].checksums if name in SOURCES else ""
    if not content or expected not in ("", hashlib.sha256(content).hexdigest()):
        raise DownloadError(f"{file} is absent or damaged. {restoring(file)}")
    lines = content.decode("utf-8").splitlines()
    pairs = (line.split() for line in lines if not line.startswith("#"))
    return {path: checksum for checksum, path in pairs}


def esc_table(names: list[str]) -> pd.DataFrame:
    """What the file names of ESC-50 say: `{fold}-{src_file}-{take}-{target}.wav`.

    Returns
    -------
    DataFrame
        Sorted by name, with the columns of ESC-50's `meta/esc50.csv`: filename, fold, target,
        category, esc10, src_file, take. For ESC-50 itself it is that file, to the byte.

    Examples
    --------
    >>> esc_table(["1-100032-A-0.wav"]).loc[0, "category"]
    'dog'
    """
    columns = ["fold", "src_file", "take", "target"]
    table = pd.DataFrame([Path(name).stem.split("-") for name in sorted(names)], columns=columns)
    table = table.astype({"fold": int, "src_file": int, "target": int})
    table["filename"] = sorted(names)
    table["category"] = [ESC50_CLASSES[number] for number in table["target"]]
    table["esc10"] = table["category"].isin(ESC10_CLASSES)
    return table[["filename", "fold", "target", "category", "esc10", "src_file", "take"]]
