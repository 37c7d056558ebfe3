"""Fetching real recordings, one command each: `python -m audioxai_lite download esc10`.

Where things are. Everything lives in one folder, `data_folder()`: a data set in `<data>/NAME`, what
it was made from in `<data>/archives`. The environment variable AUDIOXAI_DATA moves that folder.

A workshop without internet. Download once, then let the other machines set AUDIOXAI_MIRROR to that
`archives` folder (a stick, a network share) or to an address that serves it (`python -m
http.server` inside it, then http://HOST:8000).
"""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pooch

from ..writing import write_whole
from . import sources
from .archives import WEB, UnusableArchive, damaged_files, fetch_archive, move_into_place, unpack
from .partials import clear_abandoned, own_partial
from .sources import ESC_LIST, SYNTHESISED, DownloadError, checksums, esc_table, source


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
    if named := setting("AUDIOXAI_DATA"):
        return Path(named).absolute()
    repository = Path(__file__).parents[2]
    if (repository / "pyproject.toml").is_file():
        return repository / "data" / "downloads"
    return Path(pooch.os_cache("audioxai_lite"))


def setting(name: str) -> str:
    """What an environment variable says: empty where it is unset or blank, without quotes around
    it, `~` as the home folder.

    Examples
    --------
    >>> import unittest.mock
    >>> with unittest.mock.patch.dict(os.environ, AUDIOXAI_MIRROR=' "a stick" '):
    ...     setting("AUDIOXAI_MIRROR")
    'a stick'
    """
    text = os.environ.get(name, "").strip()
    if text[:1] in ("'", '"') and text[-1:] == text[:1]:  # Windows' `set` keeps them
        text = text[1:-1].strip()
    return os.path.expanduser(text)


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
    source(name)
    path = data_folder() / name
    if not os.path.isdir(path):  # nor where a folder on the way may not be looked into
        raise DownloadError(
            f"{name} is not in {data_folder()}. Fetch it with `python -m audioxai_lite download "
            f"{name}`, or set AUDIOXAI_DATA to the folder that holds it."
        )
    return path


def download(name: str, progress: bool = True) -> Path:
    """Fetch a data set, unless it is there and intact.

    The archive is kept in `<data>/archives`, so that this folder can serve other machines as a
    mirror, and a damaged data set is repaired without fetching again; a list `meta/esc50.csv` that
    was changed stays beside the restored one, as `esc50.csv.old`. An interrupted download leaves
    nothing behind that counts as data: the next call starts it afresh. Several processes may fetch
    into one folder at once.

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
    audioxai_lite.datasets.sources.DownloadError: machine is synthesised ... nothing to download.
    """
    files = source(name).files
    target = data_folder() / name
    with _disk_errors(name):
        if not damaged_files(target, checksums(name)):
            _restore_list(name)
            _clear_up(name)
            return target
        _archives().mkdir(parents=True, exist_ok=True)
        _check_space(name)
        kept = [file for file in files if (_archives() / file).is_file()]
        for absent in ([file for file in files if file not in kept], kept):
            try:
                _fetch_and_install(name, absent, progress)
                _clear_up(name)
                return target
            except UnusableArchive as error:
                fault = error
                if not kept:
                    break  # what lay here may be damaged and is fetched anew, once
        for file in files:
            (_archives() / file).unlink(missing_ok=True)
        raise fault


def _fetch_and_install(name: str, absent: list[str], progress: bool) -> None:
    files = source(name).files
    for file in absent:
        address, megabytes = files[file]
        fetch_archive(_mirrored(address, file), _archives() / file, megabytes, progress)
    _install(name, [_archives() / file for file in files])


def available_datasets() -> pd.DataFrame:
    """The data sets of the course that are synthesised or downloaded; `planted` is made from esc10.

    Returns
    -------
    DataFrame
        One row a data set: name, what, licence, megabytes (on disk, once installed), present,
        source (an address, or "synthesised" where there is nothing to download).

    Examples
    --------
    >>> available_datasets().set_index("name").loc["esc10", "licence"]
    'CC BY 3.0'
    """
    ours = ("MIT, as the course", 0.0, True, "synthesised")
    rows = [(name, what, *ours) for name, what in SYNTHESISED.items()]
    for name, of in sources.SOURCES.items():
        present = (data_folder() / name).is_dir()
        rows.append((name, of.what, of.licence, of.megabytes, present, of.page))
    return pd.DataFrame(rows, columns=["name", "what", "licence", "megabytes", "present", "source"])


def _clear_up(name: str) -> None:
    for target in (data_folder() / name, *(_archives() / file for file in source(name).files)):
        clear_abandoned(target)


def _archives() -> Path:
    return data_folder() / "archives"


def _mirrored(address: str, file: str) -> str:
    """Where to fetch a file from: the mirror where one is set."""
    mirror = setting("AUDIOXAI_MIRROR")
    if not mirror:
        return address
    address = f"{mirror.rstrip('/')}/{file}"
    if not address.lower().startswith(WEB) and not Path(address).is_file():
        raise DownloadError(
            f"The mirror {mirror} holds no {file}. Copy it there from the `archives` folder of a "
            "machine that has it, or correct AUDIOXAI_MIRROR (a folder, or an address that starts "
            "with http)."
        )
    return address


def _install(name: str, fetched: list[Path]) -> None:
    """Unpack beside the final place, check that all is there, then move it in one step."""
    partial = own_partial(data_folder() / name, Path.mkdir)
    try:
        unpack(fetched, checksums(name), partial)
        if source(name).esc_layout:
            (partial / "meta").mkdir()
            (partial / ESC_LIST).write_bytes(_esc_list(name))
            _keep_list(name)
        move_into_place(partial, data_folder() / name)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _esc_list(name: str) -> bytes:
    """ESC-50's `meta/esc50.csv` of a data set: its file names say what it says."""
    table = esc_table([Path(path).name for path in checksums(name)])
    return table.to_csv(index=False, lineterminator="\n").encode()


def _restore_list(name: str) -> None:
    """Write the list of a data set anew where it is another."""
    file = data_folder() / name / ESC_LIST
    if source(name).esc_layout and not (file.is_file() and file.read_bytes() == _esc_list(name)):
        _keep_list(name)
        file.parent.mkdir(exist_ok=True)
        write_whole(file, _esc_list(name))


def _keep_list(name: str) -> None:
    """A list that will be replaced may hold somebody's work: it stays, as `esc50.csv.old`."""
    file = data_folder() / name / ESC_LIST
    if file.is_file() and file.read_bytes() != _esc_list(name):
        os.replace(file, file.with_suffix(".csv.old"))


@contextmanager
def _disk_errors(name: str) -> Iterator[None]:
    """Say in plain words that the disk is full or write-protected."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _disk_full(name) from error
        raise DownloadError(
            f"{name}: {data_folder()} cannot be used ({error}). "
            "Set AUDIOXAI_DATA to a folder that you may write to."
        ) from error


def _disk_full(name: str) -> DownloadError:
    return DownloadError(
        f"{name}: the disk that holds {data_folder()} is full; {_needed(name) / 1e6:,.0f} MB are "
        "needed. Free some space, or set AUDIOXAI_DATA to a folder on another disk."
    )


def _needed(name: str) -> float:
    """Bytes that fetching and unpacking will take."""
    wanted = source(name)
    absent = [file for file in wanted.files if not (_archives() / file).is_file()]
    return (sum(wanted.files[file][1] for file in absent) + wanted.megabytes) * 1e6


def _check_space(name: str) -> None:
    if shutil.disk_usage(data_folder()).free < _needed(name):
        raise _disk_full(name)
