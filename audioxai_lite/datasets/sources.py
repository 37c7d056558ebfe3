"""Where recordings come from, and what is trusted of them.

`checksums/NAME.txt` lists every file of a data set with the hash of its content.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

CHECKSUMS = Path(__file__).with_name("checksums")

ESC50_CLASSES = tuple(
    """
    dog rooster pig cow frog cat hen insects sheep crow rain sea_waves crackling_fire
    crickets chirping_birds water_drops wind pouring_water toilet_flush thunderstorm
    crying_baby sneezing clapping breathing coughing footsteps laughing brushing_teeth
    snoring drinking_sipping door_wood_knock mouse_click keyboard_typing
    door_wood_creaks can_opening washing_machine vacuum_cleaner clock_alarm clock_tick
    glass_breaking helicopter chainsaw siren car_horn engine train church_bells airplane
    fireworks hand_saw
    """.split()
)
"""ESC-50's classes in the order of its target numbers."""

ESC10_TARGETS = (0, 1, 10, 11, 12, 20, 21, 38, 40, 41)
"""ESC-50's numbers of the ten classes that form ESC-10."""


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
    files: dict[str, tuple[str, float]]
    megabytes: float
    esc_layout: bool = False


def _github(
    repository: str, commit: str, name: str, megabytes: float
) -> dict[str, tuple[str, float]]:
    return {name: (f"https://github.com/{repository}/archive/{commit}.zip", megabytes)}


_NOISES = "https://github.com/exile8/audio-xai/raw/f52edfca2bb4f3762c4784947bbbf142a6203a15/noises"

SOURCES = {
    "esc10": Source(
        what="ESC-10: 400 recordings of 5 s, ten classes of environmental sound",
        licence="CC BY 3.0",
        page="https://github.com/karolpiczak/ESC-10",
        files=_github(
            "karolpiczak/ESC-10", "553c8f1743b9dba6b282e1323c3ca8fa76923448", "esc10.zip", 41
        ),
        megabytes=42,
        esc_layout=True,
    ),
    "esc50": Source(
        what="ESC-50: 2,000 recordings of 5 s, fifty classes of environmental sound",
        licence="CC BY-NC 3.0",
        page="https://github.com/karolpiczak/ESC-50",
        files=_github(
            "karolpiczak/ESC-50", "33c8ce9eb2cf0b1c2f8bcf322eb349b6be34dbb6", "esc50.zip", 646
        ),
        megabytes=882,
        esc_layout=True,
    ),
    "fsdd": Source(
        what="Free Spoken Digit Dataset: 3,000 recordings of spoken digits, six speakers",
        licence="CC BY-SA 4.0",
        page="https://github.com/Jakobovski/free-spoken-digit-dataset",
        files=_github(
            "Jakobovski/free-spoken-digit-dataset",
            "26eb9aaf76e81b692f806f9140c2d2777410d7a1",
            "fsdd.zip",
            17,
        ),
        megabytes=21,
    ),
    "noises": Source(
        what="The three background sounds of the posthoc-audio paper: "
        "white noise, room tone, horse",
        licence="see the freesound pages 165058, 203297, 149024",
        page="https://github.com/exile8/audio-xai",
        files={
            f"noises/{file}": (f"{_NOISES}/{file}", megabytes)
            for file, megabytes in (
                ("149024__foxen10__horse_whinny.wav", 0.9),
                ("165058__theundecided__white-noise.wav", 0.4),
                ("203297__mzui__room-tone-office-industrial-ambience-01.wav", 0.9),
            )
        },
        megabytes=2.2,
    ),
}

SYNTHESISED = {
    "machine": "An industrial machine with planted anomalies, each with its clean twin",
    "environment": "Ten classes of environmental sound with events at known positions",
}


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
        raise DownloadError(
            f"{name} is synthesised when it is asked for: there is nothing to download."
        )
    if name not in SOURCES:
        raise DownloadError(
            f"There is no data set {name!r} to download; there are {', '.join(SOURCES)}."
        )
    return SOURCES[name]


def checksums(name: str) -> dict[str, str]:
    """Every file of a data set, by its path there: "algorithm:hash" of its content.

    Examples
    --------
    >>> checksums("noises")["149024__foxen10__horse_whinny.wav"].split(":")[0]
    'sha256'
    """
    lines = (CHECKSUMS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return {
        path: checksum
        for checksum, path in (line.split() for line in lines if not line.startswith("#"))
    }


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
    rows = []
    for name in sorted(names):
        fold, src_file, take, target = Path(name).stem.split("-")
        number = int(target)
        rows.append(
            {
                "filename": name,
                "fold": int(fold),
                "target": number,
                "category": ESC50_CLASSES[number],
                "esc10": number in ESC10_TARGETS,
                "src_file": int(src_file),
                "take": take,
            }
        )
    return pd.DataFrame(rows)
