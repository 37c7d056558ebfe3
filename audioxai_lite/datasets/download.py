"""Fetching real recordings, one command each: `python -m audioxai_lite download esc10`.

Where things are. Everything lives in one folder, `data_folder()`: a data set in `<data>/NAME`, what
it was made from in `<data>/archives`. The environment variable AUDIOXAI_DATA moves that folder.

A workshop without internet. Download once, then let the other machines set AUDIOXAI_MIRROR to that
`archives` folder (a stick, a network share) or to an address that serves it (`python -m
http.server` inside it, then http://HOST:8000).

What is trusted. `checksums/NAME.txt` lists every file of a data set with the hash of its content.
An archive is only a bag of contents: what has a listed hash is written under the listed name, the
rest is ignored. So it does not matter that GitHub makes its archives anew from time to time, nor
that ESC-10's repository names its files unlike ESC-50's.
"""

import errno
import hashlib
import os
import shutil
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

import pandas as pd
import pooch
import requests
from tqdm import tqdm

CHECKSUMS = Path(__file__).with_name("checksums")
TIMEOUT = 30  # seconds without a byte
LARGEST_FILE = 10_000_000  # bytes; larger members of an archive are skipped: no file of any data set comes near it

ESC50_CLASSES = (
    "dog",
    "rooster",
    "pig",
    "cow",
    "frog",
    "cat",
    "hen",
    "insects",
    "sheep",
    "crow",
    "rain",
    "sea_waves",
    "crackling_fire",
    "crickets",
    "chirping_birds",
    "water_drops",
    "wind",
    "pouring_water",
    "toilet_flush",
    "thunderstorm",
    "crying_baby",
    "sneezing",
    "clapping",
    "breathing",
    "coughing",
    "footsteps",
    "laughing",
    "brushing_teeth",
    "snoring",
    "drinking_sipping",
    "door_wood_knock",
    "mouse_click",
    "keyboard_typing",
    "door_wood_creaks",
    "can_opening",
    "washing_machine",
    "vacuum_cleaner",
    "clock_alarm",
    "clock_tick",
    "glass_breaking",
    "helicopter",
    "chainsaw",
    "siren",
    "car_horn",
    "engine",
    "train",
    "church_bells",
    "airplane",
    "fireworks",
    "hand_saw",
)
"""ESC-50's classes in the order of its target numbers."""

ESC10_TARGETS = (0, 1, 10, 11, 12, 20, 21, 38, 40, 41)
"""ESC-50's numbers of the ten classes that form ESC-10."""


class DownloadError(RuntimeError):
    """A data set is not there or cannot be had; the message says what is wrong, where, and what to
    do.
    """


class _Unusable(DownloadError):
    """What was fetched is not what it should be."""


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
        what="The three background sounds of the posthoc-audio paper: white noise, room tone, horse",
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

_SYNTHESISED = {
    "machine": "An industrial machine with planted anomalies, each with its clean twin",
    "environment": "Ten classes of environmental sound with events at known positions",
}


def data_folder() -> Path:
    """Where data sets live.

    Returns
    -------
    Path
        AUDIOXAI_DATA where it is set; `data/downloads` of the repository when the package is used
        from a checkout; the user's cache folder otherwise. It may not exist yet.

    Examples
    --------
    >>> data_folder() / "esc10" == folder("esc10")
    True
    """
    if "AUDIOXAI_DATA" in os.environ:
        return Path(os.environ["AUDIOXAI_DATA"]).expanduser().absolute()
    repository = Path(__file__).parents[2]
    if (repository / "pyproject.toml").is_file():
        return repository / "data" / "downloads"
    return Path(pooch.os_cache("audioxai_lite"))


def folder(name: str) -> Path:
    """Where a data set that is present lies.

    Raises
    ------
    DownloadError
        If the data set is unknown, or is not there yet; the message names the command that fetches
        it.

    Examples
    --------
    >>> sorted(path.name for path in folder("esc10").iterdir())
    ['audio', 'meta']
    """
    _source(name)
    path = data_folder() / name
    if not path.is_dir():
        raise DownloadError(
            f"{name} is not in {data_folder()}. Fetch it with `python -m audioxai_lite download {name}`, "
            "or set AUDIOXAI_DATA to the folder that holds it."
        )
    return path


def download(name: str, progress: bool = True) -> Path:
    """Fetch a data set, unless it is there and intact.

    The archive is kept in `<data>/archives`, so that this folder can serve other machines as a
    mirror, and a damaged data set is repaired without fetching again. An interrupted download
    leaves nothing behind that counts as data: the next call starts it afresh.

    Parameters
    ----------
    name : {"esc10", "esc50", "fsdd", "noises"}
    progress : bool, default True
        Show a progress bar on stderr.

    Returns
    -------
    Path
        The folder of the data set: `audio/` and `meta/esc50.csv` for esc10 and esc50, `recordings/`
        for fsdd, the files themselves for noises.

    Raises
    ------
    DownloadError
        If the name is unknown, the source cannot be reached, what it sends is cut off, altered,
        incomplete or unsafe, or the disk is full or write-protected.

    Examples
    --------
    >>> download("machine")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    audioxai_lite.datasets.download.DownloadError: machine is synthesised ...: there is nothing to download.
    """
    source = _source(name)
    target = data_folder() / name
    if not _damaged(target, name):
        return target
    fetched = [_archives() / file for file in source.files]
    kept = all(file.is_file() for file in fetched)
    try:
        with _disk_errors(name):
            _archives().mkdir(parents=True, exist_ok=True)
            _check_space(name)
            for file, (address, megabytes) in source.files.items():
                if not (_archives() / file).is_file():
                    _fetch(file, address, megabytes, progress)
            _install(name, fetched)
    except _Unusable:
        for archive in fetched:
            archive.unlink(missing_ok=True)
        if not kept:
            raise
        return download(name, progress)  # an archive that lay here was damaged: fetch it anew, once
    return target


def available() -> pd.DataFrame:
    """The data sets of the course that are synthesised or downloaded; `planted` is made from esc10.

    Returns
    -------
    DataFrame
        One row a data set: name, what, licence, megabytes (on disk, once installed), present,
        source (an address, or "synthesised" where there is nothing to download).

    Examples
    --------
    >>> available().set_index("name").loc["esc10", "licence"]
    'CC BY 3.0'
    """
    rows = [
        (name, what, "MIT, as the course", 0.0, True, "synthesised")
        for name, what in _SYNTHESISED.items()
    ]
    for name, source in SOURCES.items():
        present = (data_folder() / name).is_dir()
        rows.append((name, source.what, source.licence, source.megabytes, present, source.page))
    return pd.DataFrame(rows, columns=["name", "what", "licence", "megabytes", "present", "source"])


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
            (
                name,
                int(fold),
                number,
                ESC50_CLASSES[number],
                number in ESC10_TARGETS,
                int(src_file),
                take,
            )
        )
    return pd.DataFrame(
        rows, columns=["filename", "fold", "target", "category", "esc10", "src_file", "take"]
    )


def _source(name: str) -> Source:
    if name in _SYNTHESISED:
        raise DownloadError(
            f"{name} is synthesised when it is asked for: there is nothing to download."
        )
    if name not in SOURCES:
        raise DownloadError(
            f"There is no data set {name!r} to download; there are {', '.join(SOURCES)}."
        )
    return SOURCES[name]


def _archives() -> Path:
    return data_folder() / "archives"


def _checksums(name: str) -> dict[str, str]:
    """Path in the data set -> "algorithm:hash" of its content."""
    lines = (CHECKSUMS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return {
        path: checksum
        for checksum, path in (line.split() for line in lines if not line.startswith("#"))
    }


def _damaged(target: Path, name: str) -> list[str]:
    """Files of a data set that are absent or altered."""

    def intact(file: Path, checksum: str) -> bool:
        algorithm, expected = checksum.split(":")
        return file.is_file() and pooch.file_hash(file, algorithm) == expected

    return [
        path for path, checksum in _checksums(name).items() if not intact(target / path, checksum)
    ]


@contextmanager
def _disk_errors(name: str) -> Iterator[None]:
    """Say in plain words that the disk is full or write-protected."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _disk_full(name) from error
        raise DownloadError(
            f"{name}: {data_folder()} cannot be used ({error}). Set AUDIOXAI_DATA to a folder that you may write to."
        ) from error


def _disk_full(name: str) -> DownloadError:
    return DownloadError(
        f"{name}: the disk that holds {data_folder()} is full; {_needed(name) / 1e6:,.0f} MB are needed. "
        "Free some space, or set AUDIOXAI_DATA to a folder on another disk."
    )


def _needed(name: str) -> float:
    """Bytes that fetching and unpacking will take."""
    source = SOURCES[name]
    to_fetch = sum(
        megabytes
        for file, (_, megabytes) in source.files.items()
        if not (_archives() / file).is_file()
    )
    return (to_fetch + source.megabytes) * 1e6


def _check_space(name: str) -> None:
    if shutil.disk_usage(data_folder()).free < _needed(name):
        raise _disk_full(name)


def _fetch(file: str, address: str, megabytes: float, progress: bool) -> None:
    """Bring one file into `archives`, from the mirror where one is set."""
    mirror = os.environ.get("AUDIOXAI_MIRROR", "")
    if mirror:
        address = f"{mirror.rstrip('/')}/{file}"
    from_web = address.startswith(("http://", "https://"))
    if not from_web and not Path(address).is_file():
        raise DownloadError(
            f"The mirror {mirror} holds no {file}. Copy it there from the `archives` folder of a machine that has it, "
            "or correct AUDIOXAI_MIRROR (a folder, or an address that starts with http)."
        )
    target = _archives() / file
    partial = target.with_name(f"{target.name}.partial")
    target.parent.mkdir(exist_ok=True)
    bar = {"desc": target.name, "total": megabytes * 1e6, "disable": not progress}
    try:
        # The bar counts what is written: GitHub does not say how long its archives are.
        with open(partial, "wb") as output, tqdm.wrapattr(output, "write", **bar) as counted:
            if from_web:
                pooch.HTTPDownloader(timeout=TIMEOUT, chunk_size=2**16)(address, counted, None)
            else:
                with open(address, "rb") as original:
                    shutil.copyfileobj(original, counted)
        # A zip archive ends with its list of contents, so one that was cut off has none.
        if target.suffix == ".zip" and not zipfile.is_zipfile(partial):
            raise DownloadError(
                f"{address} sent no complete zip archive: the transfer was cut off, or a login page answered. "
                f"Start again, or set AUDIOXAI_MIRROR to a folder or an address that holds {file}."
            )
        os.replace(partial, target)
    except requests.RequestException as error:
        reason = (
            type(error).__name__
            if error.response is None
            else f"HTTP status {error.response.status_code}"
        )
        raise DownloadError(
            f"{address} could not be fetched ({reason}). Check the network and start again, "
            f"or set AUDIOXAI_MIRROR to a folder or an address that holds {file}."
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def _contents(fetched: Path) -> Iterator[bytes]:
    """The content of a single file, or of each file in an archive."""
    if fetched.suffix != ".zip":
        yield fetched.read_bytes()
        return
    try:
        with zipfile.ZipFile(fetched) as archive:
            for member in archive.infolist():
                path = PureWindowsPath(
                    member.filename
                )  # knows drive letters and both kinds of slash
                if path.anchor or ".." in path.parts or stat.S_ISLNK(member.external_attr >> 16):
                    raise _Unusable(
                        f"{fetched} was refused and removed: {member.filename!r} in it is a link or points outside. "
                        "Nothing of it was unpacked; fetch it from a source that you trust."
                    )
            for member in archive.infolist():
                if member.file_size <= LARGEST_FILE:
                    yield archive.read(member)
    except _Unusable:
        raise
    except Exception as error:  # on damaged archives zipfile raises errors of a dozen kinds
        raise _Unusable(
            f"{fetched} is damaged ({error}) and was removed. Start the download again."
        ) from error


def _install(name: str, fetched: list[Path]) -> None:
    """Unpack beside the final place, check that all is there, then move it in one step."""
    target = data_folder() / name
    partial = data_folder() / f"{name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    missing = {checksum: path for path, checksum in _checksums(name).items()}
    total = len(missing)
    algorithm = next(iter(missing)).split(":")[0]
    try:
        for file in fetched:
            for content in _contents(file):
                path = missing.pop(
                    f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}", None
                )
                if path is not None:
                    (partial / path).parent.mkdir(parents=True, exist_ok=True)
                    (partial / path).write_bytes(content)
        if missing:
            raise _Unusable(
                f"{name}: {len(missing)} of {total} files are absent or altered in what was fetched, for example "
                f"{next(iter(missing.values()))}. It was removed; start again, or use another AUDIOXAI_MIRROR."
            )
        if SOURCES[name].esc_layout:
            (partial / "meta").mkdir()
            table = esc_table([file.name for file in (partial / "audio").iterdir()])
            table.to_csv(partial / "meta" / "esc50.csv", index=False, lineterminator="\n")
        _move(partial, target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _move(partial: Path, target: Path) -> None:
    """Put a complete data set in its place; repair one that is there, leaving other files in it
    alone.
    """
    if not target.exists():
        os.replace(partial, target)
        return
    for file in partial.rglob("*"):
        if file.is_file():
            (target / file.relative_to(partial)).parent.mkdir(parents=True, exist_ok=True)
            os.replace(file, target / file.relative_to(partial))
