"""Real recordings, once they are downloaded: ESC-10 and ESC-50, spoken digits, three background
sounds.

Sources: K. J. Piczak, *ESC: Dataset for Environmental Sound Classification*, ACM Multimedia 2015;
the Free Spoken Digit Dataset, https://github.com/Jakobovski/free-spoken-digit-dataset, a small
stand-in for the recordings of *AudioMNIST* (1807.03418); the background sounds of Pak & Teryokhina
2025, https://github.com/exile8/audio-xai, folder `noises`, originally from freesound.
"""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pandas as pd

from ..sound import audio, levels
from . import download, on_disk, sources
from .clips import Clip, Dataset, clip_from_table
from .esc_lists import esc_listed


def esc(name: str = "esc10", sample_rate: int = 16_000, seconds: float = 5.0) -> Dataset:
    """ESC-10 or ESC-50, each clip read when it is asked for.

    Parameters
    ----------
    name : {"esc10", "esc50"}
    sample_rate : int, default 16_000
        In hertz; the recordings have 44,100 and are resampled.
    seconds : float, default 5.0
        Every clip is scaled to a peak of 1 and then padded with zeros, or cropped at its end, to
        this length. (ESC-10's clips last 4.96 to 5.05 s.)

    Returns
    -------
    Dataset
        `table` holds name, label, target, fold (1 to 5), file, src_file (the freesound recording a
        clip was cut from), take and esc50_target. `target` counts the classes that are there from
        0; `esc50_target` is the number that the file names of both data sets carry. A warning tells
        what is left out (see `esc_lists`), and which classes or folds have no recordings.

    Raises
    ------
    ValueError
        If `name` is another.
    DownloadError
        If the data set is not there, empty, or its list is damaged; the message names the command
        that fetches or repairs it.
    AudioError
        When a clip is asked for that cannot be read.

    Examples
    --------
    >>> esc10 = esc("esc10")  # once downloaded
    >>> esc10.classes[:3], esc10[0].label
    (('dog', 'rooster', 'rain'), 'dog')
    """
    if name not in ("esc10", "esc50"):
        raise ValueError(f"name is 'esc10' or 'esc50', not {name!r}")
    folder = download.folder(name)
    listed = esc_listed(folder, name)
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
    asked = sources.ESC10_CLASSES if name == "esc10" else sources.ESC50_CLASSES
    _warn_of_absent(folder, [label for label in asked if label not in classes], "targets")
    _warn_of_absent(
        folder, [f"fold {fold}" for fold in range(1, 6) if fold not in {*listed["fold"]}]
    )
    make = partial(read_clip, folder, sample_rate, round(seconds * sample_rate))
    return Dataset(name, classes, sample_rate, table, make)


def read_clip(folder: Path, sample_rate: int, samples: int, row: pd.Series) -> Clip:
    """The recording that a row of a data set's table describes: mono, resampled, peak-normalised,
    `samples` long.

    Examples
    --------
    >>> row = esc("esc10").table.iloc[0]
    >>> clip = read_clip(download.folder("esc10"), sample_rate=8_000, samples=16_000, row=row)
    >>> clip.label, clip.waveform.abs().max().item()
    ('dog', 1.0)
    """
    with repairable(folder / row["file"], folder.name) as file:
        waveform, rate = audio.read(file)
        levels.check_sounding(waveform, file)
    waveform = levels.peak_normalise(audio.resample(waveform, rate, sample_rate))
    waveform = audio.pad_or_crop(waveform, samples)
    return Clip(waveform, sample_rate, **clip_from_table(row))


@contextmanager
def repairable(file: Path, name: str) -> Iterator[Path]:
    """What cannot be used of a data set is told with its file (of a silent clip only the sound is
    known where it is noticed) and the command that repairs it.

    Examples
    --------
    >>> with repairable(Path("dog.wav"), "esc10") as file:  # doctest: +ELLIPSIS
    ...     audio.read(file)
    Traceback (most recent call last):
        ...
    audioxai_lite.sound.decoding.AudioError: dog.wav: there is no such file. ... download esc10`.
    """
    try:
        yield file
    except audio.AudioError as error:
        remedy = f"{error.remedy}, or repair it: `python -m audioxai_lite download {name}`"
        raise audio.AudioError(file, error.fault, remedy) from error


def _warn_of_absent(folder: Path, absent: list[str], counted: str = "") -> None:
    """Warn that a data set is not whole, and what that changes."""
    if absent:
        count = f": {counted} count those that are there" if counted else ""
        command = f"`python -m audioxai_lite download {folder.name}`"
        text = f"{folder} has no recordings of {', '.join(absent)}{count}. Complete it: {command}."
        warnings.warn(text, stacklevel=3)


DIGITS = tuple("0123456789")
SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
SPOKEN = re.compile(r"([0-9])_(.+)_(0|[1-9][0-9]{0,8})")


def fsdd(sample_rate: int = 8_000, seconds: float = 1.0) -> Dataset:
    """The spoken digits, each clip read when it is asked for.

    Parameters
    ----------
    sample_rate : int, default 8_000
        In hertz, the recordings' own.
    seconds : float, default 1.0
        Every clip is scaled to a peak of 1 and then padded with zeros, or cropped at its end, to
        this length. The recordings last 0.14 to 2.3 s, 20 of the 3,000 more than 1 s.

    Returns
    -------
    Dataset
        `table` holds name, label ("0" to "9"), target, fold (a speaker each, from 1: the data set's
        own six, then others), speaker, digit, index, split and file. `split` is the customary one
        of the data set's README: recordings 0 to 4 of each speaker and digit are "test", the others
        "train". Both hold every speaker, so that a network is tested on voices it knows; folds ask
        more.

    Raises
    ------
    DownloadError
        If the data set is not there, or empty; the message names the command that fetches it.
    AudioError
        When a clip is asked for that cannot be read.

    Examples
    --------
    >>> digits = fsdd()  # once downloaded
    >>> digits.select(digit=3)[0].label
    '3'
    """
    folder = download.folder("fsdd")
    files = on_disk.sound_files(folder / "recordings")
    spoken = {stem: match for stem in files if (match := SPOKEN.fullmatch(stem))}
    others = [files[stem] for stem in files if stem not in spoken]
    on_disk.warn_of(others, folder / "recordings", "has no name like 0_theo_0.wav")
    heard = {match[2] for match in spoken.values()}
    speakers = [*(each for each in SPEAKERS if each in heard), *sorted(heard - {*SPEAKERS})]
    rows = []
    for stem, match in spoken.items():
        digit, speaker, index = match.groups()
        rows.append(
            {
                "name": stem,
                "label": digit,
                "target": int(digit),
                "fold": speakers.index(speaker) + 1,
                "speaker": speaker,
                "digit": int(digit),
                "index": int(index),
                "split": "test" if int(index) < 5 else "train",
                "file": f"recordings/{files[stem]}",
            }
        )
    if not rows:
        raise download.DownloadError(
            f"{folder / 'recordings'} holds no recordings. Complete it: "
            "`python -m audioxai_lite download fsdd`."
        )
    _warn_of_absent(folder, [each for each in SPEAKERS if each not in heard], "folds")
    _warn_of_absent(folder, sorted({*DIGITS} - {match[1] for match in spoken.values()}))
    make = partial(read_clip, folder, sample_rate, round(seconds * sample_rate))
    return Dataset("fsdd", DIGITS, sample_rate, pd.DataFrame(rows), make)


NOISES = {
    "white_noise": "165058__theundecided__white-noise.wav",
    "room": "203297__mzui__room-tone-office-industrial-ambience-01.wav",
    "horse": "149024__foxen10__horse_whinny.wav",
}


def noises(sample_rate: int = 16_000, seconds: float = 5.0) -> Dataset:
    """The three background sounds, each read when it is asked for.

    Parameters
    ----------
    sample_rate : int, default 16_000
        In hertz; the recordings have 44,100 and are resampled, two channels averaged.
    seconds : float, default 5.0
        Every sound is scaled to a peak of 1 and then padded with zeros, or cropped at its end, to
        this length.

    Returns
    -------
    Dataset
        Three clips. `table` holds name ("white_noise", "room", "horse"), label (the same), target,
        fold (0: there are none), file and freesound (the number of the page it comes from).

    Raises
    ------
    DownloadError
        If the sounds are not there; the message names the command that fetches them.
    AudioError
        When a sound is asked for that cannot be read.

    Examples
    --------
    >>> [noise.name for noise in noises()]  # once downloaded
    ['white_noise', 'room', 'horse']
    """
    folder = download.folder("noises")
    files = on_disk.sound_files(folder)
    there = {stem.lower(): file for stem, file in files.items()}
    named = [there.pop(Path(file).stem, file) for file in NOISES.values()]
    if len(there) == len(files):
        raise download.DownloadError(
            f"{folder} holds no recordings. Complete it: `python -m audioxai_lite download noises`."
        )
    on_disk.warn_of(there.values(), folder, "is none of the three sounds")
    table = pd.DataFrame(
        {
            "name": list(NOISES),
            "label": list(NOISES),
            "target": range(len(NOISES)),
            "fold": 0,
            "file": named,
            "freesound": [int(file.split("_")[0]) for file in NOISES.values()],
        }
    )
    make = partial(read_clip, folder, sample_rate, round(seconds * sample_rate))
    return Dataset("noises", tuple(NOISES), sample_rate, table, make)
