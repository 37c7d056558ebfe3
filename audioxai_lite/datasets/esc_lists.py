"""The table of a folder in ESC-50's layout: from its list `meta/esc50.csv`, or from file names.

A name such as `1-100032-A-0.wav` says fold, recording, take and class. A list is believed, as its
folds may be somebody's own; where it contradicts the names, that is said.
"""

import re
import warnings
from pathlib import Path, PureWindowsPath

import pandas as pd

from . import on_disk, sources

COLUMNS = ("filename", "fold", "target", "category", "src_file", "take")
NAME = re.compile(r"[1-9][0-9]?-(0|[1-9][0-9]{0,8})-[A-Z]-([0-9]|[1-4][0-9])")
CLIP = "1-100032-A-0.wav"


def esc_listed(folder: Path, name: str) -> pd.DataFrame:
    """What is known of the recordings that lie in a folder.

    What is left out is told in a warning: files that are no clips, clips that are not listed, and
    rows whose file is not there; and so is a list that contradicts names.

    Parameters
    ----------
    folder : Path
        With `audio/` and, maybe, `meta/esc50.csv`.
    name : str
        Of the data set, for the command that repairs it.

    Returns
    -------
    DataFrame
        A row a recording, with the columns filename (as it is on disk), fold, target, category,
        src_file and take.

    Raises
    ------
    DownloadError
        If the folder holds no recordings, or its list is damaged.

    Examples
    --------
    >>> from .download import folder
    >>> esc_listed(folder("esc10"), "esc10").loc[0, "category"]
    'dog'
    """
    audio, meta = folder / "audio", folder / sources.ESC_LIST
    there = on_disk.sound_files(audio)
    if not meta.is_file():
        rows = {stem: row for stem in there if (row := _named(stem))}
        fault = f"has no name like {CLIP}"
    else:
        try:
            rows = _believed(meta)
        except ValueError as error:
            raise sources.DownloadError(
                f"{error}. Repair it with `python -m audioxai_lite download {name}`; or remove it, "
                "and names are read."
            ) from error
        fault = f"is not listed in {meta}"
    command = f"Complete it: `python -m audioxai_lite download {name}`."
    present = {stem: row for stem, row in rows.items() if stem in there}
    if not present:
        raise sources.DownloadError(f"{audio} holds no recordings. {command}")
    on_disk.warn_of((there[stem] for stem in there if stem not in rows), audio, fault)
    lost = [row["filename"] for stem, row in rows.items() if stem not in there]
    on_disk.warn_of(lost, audio, f"is listed in {meta} but not there", command)
    for stem, row in present.items():
        row["filename"] = there[stem]
    table = pd.DataFrame(present.values())
    if table["src_file"].dtype == object:  # numbers and names together cannot be sorted
        table["src_file"] = table["src_file"].astype(str)
    return table


def _named(stem: str) -> dict:
    """What a name in ESC-50's scheme says; nothing where it is another."""
    if not NAME.fullmatch(stem):
        return {}
    fold, src_file, take, target = stem.split("-")
    said = {"filename": stem, "fold": int(fold), "target": int(target)}
    said["category"] = sources.ESC50_CLASSES[int(target)]
    return said | {"src_file": int(src_file), "take": take}


def _believed(meta: Path) -> dict[str, dict]:
    """What a list says, as numbers and text, by the name of the file; ValueError where it cannot be
    trusted.
    """
    found: dict[str, dict] = {}
    otherwise: list[str] = []
    for said in on_disk.read_rows(meta, COLUMNS):
        file = PureWindowsPath(said["filename"]).name  # without folders, by either kind of slash
        numbers = {column: _whole(said[column]) for column in ("fold", "target", "src_file")}
        row = said | numbers | {"filename": file}
        if row["src_file"] is None:  # other people's recordings may be called anything
            row["src_file"] = said["src_file"]
        lacking = [column for column, value in row.items() if value in (None, "")]
        if lacking:
            raise ValueError(f"{meta} says {said[lacking[0]]!r} for the {lacking[0]} of {file!r}")
        stem = Path(file).stem
        for column, value in _named(stem).items():
            if column != "filename" and row[column] != value:
                otherwise.append(f"{said[column]!r} for the {column} of {file}")
        if found.setdefault(stem, row) != row:
            raise ValueError(f"{meta} says two things of {file}")
    if not found:
        raise ValueError(f"{meta} lists no recordings")
    pairs = {(row["target"], row["category"]) for row in found.values()}
    if not len(pairs) == len({pair[0] for pair in pairs}) == len({pair[1] for pair in pairs}):
        raise ValueError(f"{meta} has a category of two targets, or two of one")
    if otherwise:
        others = f", and {len(otherwise) - 1} more such things" if len(otherwise) > 1 else ""
        text = f"{meta} says {otherwise[0]}, where the name says another{others}"
        warnings.warn(f"{text}. The list is believed; remove it, and names are.", stacklevel=4)
    return found


def _whole(text: str) -> int | None:
    """A whole number, as spreadsheets write it, too: 1, 1.0, "1"."""
    return int(text.split(".")[0]) if re.fullmatch(r"[0-9]{1,9}(\.0*)?", text) else None
