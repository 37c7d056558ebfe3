"""The Free Spoken Digit Dataset: six speakers say the ten digits, fifty times each.

Source: https://github.com/Jakobovski/free-spoken-digit-dataset. A small stand-in for the recordings of the paper
*AudioMNIST* (1807.03418).
"""

from functools import partial

import pandas as pd

from audioxai_lite.datasets import download
from audioxai_lite.datasets.clips import Dataset
from audioxai_lite.datasets.esc import read_clip

DIGITS = tuple("0123456789")


def load(sample_rate: int = 8_000, seconds: float = 1.0) -> Dataset:
    """The spoken digits, each clip read when it is asked for.

    Parameters
    ----------
    sample_rate : int, default 8_000
        In hertz, the recordings' own.
    seconds : float, default 1.0
        Every clip is scaled to a peak of 1 and then padded with zeros, or cropped at its end, to this length. The
        recordings last 0.14 to 2.3 s, 20 of the 3,000 more than 1 s.

    Returns
    -------
    Dataset
        `table` holds name, label ("0" to "9"), target, fold (0: there are none), speaker, digit, index, split and file.
        `split` is the customary one of the data set's README: recordings 0 to 4 of each speaker and digit are "test",
        the others "train". Both hold every speaker.

    Raises
    ------
    DownloadError
        If the data set is not there, or empty; the message names the command that fetches it.
    AudioError
        When a clip is asked for that cannot be read.

    Examples
    --------
    >>> digits = load()  # once downloaded
    >>> digits.select(digit=3)[0].label
    '3'
    """
    folder = download.folder("fsdd")
    rows = []
    for file in sorted((folder / "recordings").glob("[0-9]_*_*.wav")):
        digit, speaker, index = file.stem.split("_")
        rows.append(
            {
                "name": file.stem,
                "label": digit,
                "target": int(digit),
                "fold": 0,
                "speaker": speaker,
                "digit": int(digit),
                "index": int(index),
                "split": "test" if int(index) < 5 else "train",
                "file": f"recordings/{file.name}",
            }
        )
    if not rows:
        raise download.DownloadError(
            f"{folder / 'recordings'} holds no recordings. Complete it: `python -m audioxai_lite download fsdd`."
        )
    make = partial(read_clip, folder, sample_rate, round(seconds * sample_rate))
    return Dataset("fsdd", DIGITS, sample_rate, pd.DataFrame(rows), make)
