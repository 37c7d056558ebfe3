"""A reader for the wood-planer spectrograms of the paper faithful-ad (2601.12660).

Sources: spectrograms from https://github.com/AnthonyDeschenes/PlaningItByEarDataset (`data.zip`),
annotations from https://github.com/Maab-Nimir/Faithful-Explanations-in-Acoustic-Anomaly-Detection
(`labelled_anomalies`). The course fetches neither: put them where `load` looks.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor

from ..sound.audio import AudioError
from . import download, on_disk
from .clips import Event

SHAPE = (80, 401)  # mel bands, frames
FRAMES_PER_SECOND = 40
ANNOTATIONS = Path("labelled_anomalies", "v5anomaly_spectrogram_metadata.csv")
LAYOUT = re.compile(r"(training/[^/]+|evaluation/normal|evaluation/anomalies/[^/]+)/[^/]+")
COPY = re.compile(r" \(\d+\)$| - Copy( \(\d+\))?$")
INTERVAL = re.compile(r"\(\s*(\d+(?:\.\d*)?)\s*,\s*(\d+(?:\.\d*)?)\s*\)")


@dataclass(frozen=True, eq=False)
class PlanerSpectrograms:
    """Spectrograms on disk, each read when it is asked for.

    Attributes
    ----------
    folder : Path
    table : DataFrame
        One row a spectrogram: name, label ("normal" or "anomalous"), target (0 or 1), split
        ("training" or "evaluation"), kind (the name of its folder: a size of board, or the
        anomaly), file, annotated (whether the annotations list it) and events (a tuple of Event, in
        seconds). Many an anomalous spectrogram is annotated with no event at all.
    """

    folder: Path
    table: pd.DataFrame

    def __len__(self) -> int:
        return len(self.table)

    def read(self, position: int) -> tuple[Tensor, tuple[Event, ...]]:
        """One spectrogram, shape (1, 1, 80, 401), float32, 10 s at 40 frames per second, and its
        events in seconds.

        Raises
        ------
        AudioError
            If the file is damaged, holds anything but a tensor (pickled code is never run) or one
            of another shape.
        """
        row = self.table.iloc[position]
        file = self.folder / row["file"]
        try:
            values = torch.load(file, map_location="cpu", weights_only=True)
        except Exception as error:  # torch raises errors of many kinds here
            fault = "it is damaged, or holds more than a tensor, and was not loaded"
            remedy = "Unpack data.zip of PlaningItByEarDataset again"
            raise AudioError(file, fault, remedy) from error
        if not isinstance(values, Tensor) or values.shape != SHAPE:
            content = type(values).__name__
            if isinstance(values, Tensor):
                content = f"a tensor of shape {tuple(values.shape)}"
            fault = f"it holds {content}, not a tensor of shape {SHAPE}"
            raise AudioError(file, fault, "Remove it from the folder")
        return values.float()[None, None], row["events"]


def load(
    folder: str | os.PathLike | None = None, annotations: str | os.PathLike | None = None
) -> PlanerSpectrograms:
    """List the wood-planer spectrograms below a folder.

    Parameters
    ----------
    folder : path, optional
        Holds `data/training/*/*.pt` and `data/evaluation/{normal,anomalies/*}/*.pt`. By default
        `planer` beside the other data sets (see `download.data_folder`).
    annotations : path, optional
        The authors' CSV; its columns "Spectrogram File Name" and "Labels in Spectrogram" are used,
        the latter a list of (start, end) in frames such as "[(40,80), (280,360)]", or "-" for none.
        By default `labelled_anomalies/v5anomaly_spectrogram_metadata.csv` in the folder, if it is
        there.

    Returns
    -------
    PlanerSpectrograms

    Raises
    ------
    DownloadError
        If the folder holds no spectrogram.
    ValueError
        If the annotations lack a column, or an entry cannot be understood.

    Examples
    --------
    >>> spectrograms = load()  # once unpacked
    >>> values, events = spectrograms.read(0)
    >>> spectrograms.table.loc[0, "label"], events
    ('normal', ())
    """
    folder = Path(folder) if folder is not None else download.data_folder() / "planer"
    if annotations is None and (folder / ANNOTATIONS).is_file():
        annotations = folder / ANNOTATIONS
    events = {} if annotations is None else _read_annotations(Path(annotations))
    data = folder / "data"
    listed, others = _spectrograms(data)
    on_disk.warn_of(others, data, "lies in no folder of the layout, or is a copy")
    rows = []
    for file in listed:
        target = int(file.relative_to(data).parts[:2] == ("evaluation", "anomalies"))
        rows.append(
            {
                "name": file.stem,
                "label": ("normal", "anomalous")[target],
                "target": target,
                "split": file.relative_to(data).parts[0],
                "kind": file.parent.name,
                "file": file.relative_to(folder).as_posix(),
                "annotated": file.stem in events,
                "events": tuple(
                    Event(start, end, file.parent.name) for start, end in events.get(file.stem, ())
                ),
            }
        )
    if not rows:
        raise download.DownloadError(
            f"There are no spectrograms in {data}. Unpack data.zip of "
            f"github.com/AnthonyDeschenes/PlaningItByEarDataset in {folder}, or name another "
            "folder."
        )
    return PlanerSpectrograms(folder, pd.DataFrame(rows))


def _spectrograms(data: Path) -> tuple[list[Path], list[str]]:
    """The files of the layout, and the names of others that look like spectrograms."""
    files = {file for file in data.rglob("*") if file.suffix.lower() == ".pt"}
    listed, others = [], []
    for file in sorted(file for file in files if on_disk.visible(file, data)):
        name = file.relative_to(data).as_posix()
        copied = COPY.search(file.stem) and _original(file) in files
        if LAYOUT.fullmatch(name) and not copied:
            listed.append(file)
        else:
            others.append(name)
    return listed, others


def _original(copy: Path) -> Path:
    return copy.with_stem(COPY.sub("", copy.stem))


def _read_annotations(file: Path) -> dict[str, list[tuple[float, float]]]:
    """Name of a spectrogram -> its intervals in seconds."""
    name_column, interval_column = "Spectrogram File Name", "Labels in Spectrogram"
    events = {}
    for row in on_disk.read_rows(file, [name_column, interval_column]):
        name, entry = row[name_column], row[interval_column] or "-"
        frames, rest = INTERVAL.findall(entry), re.sub("[ ,]", "", INTERVAL.sub("", entry))
        if rest not in ("", "[]") and entry != "-":
            raise ValueError(f"{file}: the intervals of {name} are {entry!r}, not like '[(40,80)]'")
        seconds = [
            (float(start) / FRAMES_PER_SECOND, float(end) / FRAMES_PER_SECOND)
            for start, end in frames
        ]
        events[re.sub(r"(?i)\.pt$", "", name)] = seconds
    return events
