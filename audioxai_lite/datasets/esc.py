"""ESC-10 and ESC-50: five-second recordings of environmental sound, in five folds.

Source: K. J. Piczak, *ESC: Dataset for Environmental Sound Classification*, ACM Multimedia 2015.
"""

from functools import partial
from pathlib import Path

import pandas as pd

from audioxai_lite.datasets import download
from audioxai_lite.datasets.clips import Clip, Dataset
from audioxai_lite.sound import audio, levels


def load(name: str = "esc10", sample_rate: int = 16_000, seconds: float = 5.0) -> Dataset:
    """ESC-10 or ESC-50, each clip read when it is asked for.

    Parameters
    ----------
    name : {"esc10", "esc50"}
    sample_rate : int, default 16_000
        In hertz; the recordings have 44,100 and are resampled.
    seconds : float, default 5.0
        Every clip is scaled to a peak of 1 and then padded with zeros, or cropped at its end, to this length. (ESC-10's
        clips last 4.96 to 5.05 s.)

    Returns
    -------
    Dataset
        `table` holds name, label, target, fold (1 to 5), file, src_file (the freesound recording a clip was cut from),
        take and esc50_target. `target` counts the classes that are there from 0; `esc50_target` is the number that the
        file names of both data sets carry.

    Raises
    ------
    ValueError
        If `name` is another.
    DownloadError
        If the data set is not there, or empty; the message names the command that fetches it.
    AudioError
        When a clip is asked for that cannot be read.

    Examples
    --------
    >>> esc10 = load("esc10")  # once downloaded
    >>> esc10.classes[:3], esc10[0].waveform.shape
    (('dog', 'rooster', 'rain'), torch.Size([1, 80000]))
    """
    if name not in ("esc10", "esc50"):
        raise ValueError(f"name is 'esc10' or 'esc50', not {name!r}")
    folder = download.folder(name)
    meta = folder / "meta" / "esc50.csv"
    if not any((folder / "audio").glob("*.*")):
        raise download.DownloadError(
            f"{folder / 'audio'} holds no recordings. Complete it: `python -m audioxai_lite download {name}`."
        )
    if meta.is_file():
        listed = pd.read_csv(meta)
    else:
        listed = download.esc_table([file.name for file in (folder / "audio").iterdir()])
    categories = listed.drop_duplicates("target").sort_values("target")["category"]
    classes = tuple(categories)
    table = pd.DataFrame(
        {
            "name": [Path(file).stem for file in listed["filename"]],
            "label": listed["category"],
            "target": [classes.index(category) for category in listed["category"]],
            "fold": listed["fold"],
            "file": "audio/" + listed["filename"],
            "src_file": listed["src_file"],
            "take": listed["take"],
            "esc50_target": listed["target"],
        }
    )
    samples = round(seconds * sample_rate)
    return Dataset(name, classes, sample_rate, table, partial(read_clip, folder, sample_rate, samples))


def read_clip(folder: Path, sample_rate: int, samples: int, row: pd.Series) -> Clip:
    """The recording that a row of a data set's table describes: mono, resampled, peak-normalised, `samples` long.

    Examples
    --------
    >>> row = load("esc10").table.iloc[0]
    >>> read_clip(download.folder("esc10"), sample_rate=8_000, samples=16_000, row=row).waveform.shape
    torch.Size([1, 16000])
    """
    waveform, _ = audio.read(folder / row["file"], sample_rate)
    waveform = audio.pad_or_crop(levels.peak_normalise(waveform), samples)
    return Clip(waveform, sample_rate, row["name"], row["label"], int(row["target"]), int(row["fold"]))
