"""The three background sounds of the posthoc-audio paper: white noise, the tone of an office, a horse.

Source: https://github.com/exile8/audio-xai, folder `noises`; originally from freesound.
"""

from functools import partial

import pandas as pd

from audioxai_lite.datasets import download
from audioxai_lite.datasets.clips import Dataset
from audioxai_lite.datasets.esc import read_clip

FILES = {
    "white_noise": "165058__theundecided__white-noise.wav",
    "room": "203297__mzui__room-tone-office-industrial-ambience-01.wav",
    "horse": "149024__foxen10__horse_whinny.wav",
}


def load(sample_rate: int = 16_000, seconds: float = 5.0) -> Dataset:
    """The three background sounds, each read when it is asked for.

    Parameters
    ----------
    sample_rate : int, default 16_000
        In hertz; the recordings have 44,100 and are resampled, two channels averaged.
    seconds : float, default 5.0
        Every sound is scaled to a peak of 1 and then padded with zeros, or cropped at its end, to this length.

    Returns
    -------
    Dataset
        Three clips. `table` holds name ("white_noise", "room", "horse"), label (the same), target, fold (0: there are
        none), file and freesound (the number of the page it comes from).

    Raises
    ------
    DownloadError
        If the sounds are not there; the message names the command that fetches them.
    AudioError
        When a sound is asked for that cannot be read.

    Examples
    --------
    >>> [noise.name for noise in load()]  # once downloaded
    ['white_noise', 'room', 'horse']
    """
    folder = download.folder("noises")
    table = pd.DataFrame(
        {
            "name": list(FILES),
            "label": list(FILES),
            "target": range(len(FILES)),
            "fold": 0,
            "file": list(FILES.values()),
            "freesound": [int(file.split("_")[0]) for file in FILES.values()],
        }
    )
    make = partial(read_clip, folder, sample_rate, round(seconds * sample_rate))
    return Dataset("noises", tuple(FILES), sample_rate, table, make)
