"""Fetching an archive, and taking from it what is trusted.

An archive is only a bag of contents: what has a listed hash is written under the listed name, the
rest is ignored. So it does not matter that GitHub makes its archives anew from time to time, nor
that ESC-10's repository names its files unlike ESC-50's.
"""

import filecmp
import hashlib
import os
import shutil
import ssl
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

import pooch
import requests
from tqdm import tqdm

from .network import reason_and_remedy, without_password
from .partials import own_partial
from .sources import DownloadError

TIMEOUT = 30  # seconds without a byte
WEB = ("http://", "https://")
LARGEST_FILE = 10_000_000
"""Bytes. Larger members of an archive are skipped: no file of any data set comes near it."""


class UnusableArchive(DownloadError):
    """What was fetched is not what it should be."""


def fetch_archive(address: str, target: Path, megabytes: float, progress: bool = True) -> None:
    """Bring a file from the web or another folder, in one step.

    Parameters
    ----------
    address : str
        A path, or an address that starts with http.
    target : Path
        Its folder is made when it is not there.
    megabytes : float
        About how large it is, for the bar: GitHub does not say how long its archives are.
    progress : bool, default True
        Show a progress bar on stderr.

    Raises
    ------
    DownloadError
        If it cannot be fetched, or is a zip archive that was cut off.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     original, target = Path(folder, "bark.wav"), Path(folder, "archives", "bark.wav")
    ...     _ = original.write_bytes(b"woof")
    ...     fetch_archive(str(original), target, megabytes=1, progress=False)
    ...     target.read_bytes()
    b'woof'
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = own_partial(target)
    bar = {"desc": target.name, "total": megabytes * 1e6, "disable": not progress}
    shown = without_password(address)
    elsewhere = f"set AUDIOXAI_MIRROR to a folder or an address that holds {target.name}."
    try:
        # The bar counts what is written.
        with open(partial, "wb") as output, tqdm.wrapattr(output, "write", **bar) as counted:
            if address.lower().startswith(WEB):
                pooch.HTTPDownloader(timeout=TIMEOUT, chunk_size=2**16)(address, counted, None)
            else:
                with open(address, "rb") as original:
                    shutil.copyfileobj(original, counted)
        if _is_page(partial):
            raise DownloadError(
                f"{shown} answered with a web page instead of {target.name}, as the login page "
                f"of a network does. Log in with a browser and start again, or {elsewhere}"
            )
        # A zip archive ends with its list of contents, so one that was cut off has none.
        if target.suffix == ".zip" and not zipfile.is_zipfile(partial):
            raise DownloadError(
                f"{shown} sent no complete zip archive: the transfer was cut off. "
                f"Start again, or {elsewhere}"
            )
        os.replace(partial, target)
    except (OSError, ValueError) as error:
        if _of_the_disk(error) and getattr(error, "filename", None) != address:
            raise
        reason, remedy = reason_and_remedy(error)
        raise DownloadError(
            f"{shown} could not be fetched ({reason}). {remedy}, or {elsewhere}"
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def _is_page(file: Path) -> bool:
    with open(file, "rb") as opened:
        start = opened.read(1000).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<?xml", b"<script", b"<meta"))


def _of_the_disk(error: Exception) -> bool:
    """A fault of the disk has a number; those of a connection are of kinds of their own."""
    network = (requests.RequestException, ConnectionError, TimeoutError, ssl.SSLError)
    return isinstance(error, OSError) and not isinstance(error, network) and bool(error.errno)


def archive_contents(fetched: Path) -> Iterator[bytes]:
    """The content of a single file, or of each file in an archive.

    Raises
    ------
    UnusableArchive
        If an archive is damaged, or holds a link or a path that leads outside.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "sounds.zip")
    ...     with zipfile.ZipFile(file, "w") as archive:
    ...         archive.writestr("audio/bark.wav", b"woof")
    ...     list(archive_contents(file))
    [b'woof']
    """
    if fetched.suffix != ".zip":
        yield fetched.read_bytes()
        return
    try:
        with zipfile.ZipFile(fetched) as archive:
            for member in archive.infolist():
                if _leads_outside(member):
                    raise UnusableArchive(
                        f"{fetched} was refused and removed: {member.filename!r} in it is a link "
                        "or points outside. Nothing of it was unpacked; fetch it from a source "
                        "that you trust."
                    )
            for member in archive.infolist():
                if member.file_size <= LARGEST_FILE:
                    yield archive.read(member)
    except UnusableArchive:
        raise
    except Exception as error:  # on damaged archives zipfile raises errors of a dozen kinds
        fault = f"{fetched} is damaged ({error}) and was removed"
        raise UnusableArchive(f"{fault}. Start the download again.") from error


def _leads_outside(member: zipfile.ZipInfo) -> bool:
    path = PureWindowsPath(member.filename)  # knows drive letters and both kinds of slash
    return bool(path.anchor) or ".." in path.parts or stat.S_ISLNK(member.external_attr >> 16)


def unpack(fetched: list[Path], checksums: dict[str, str], folder: Path) -> None:
    """Write what is listed, out of files and archives, into a folder.

    Parameters
    ----------
    fetched : list of Path
    checksums : dict of str to str
        "algorithm:hash" of each file, by its path in the folder; one algorithm for all.
    folder : Path

    Raises
    ------
    UnusableArchive
        If a listed file is in none of them.

    Examples
    --------
    >>> import tempfile
    >>> listed = {"dog.wav": f"sha256:{hashlib.sha256(b'woof').hexdigest()}"}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "another name.wav")
    ...     _ = file.write_bytes(b"woof")
    ...     unpack([file], listed, Path(folder, "sounds"))
    ...     [file.name for file in Path(folder, "sounds").iterdir()]
    ['dog.wav']
    """
    missing = {checksum: path for path, checksum in checksums.items()}
    algorithm = next(iter(missing)).split(":")[0]
    for file in fetched:
        for content in archive_contents(file):
            checksum = f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"
            path = missing.pop(checksum, None)
            if path is not None:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content)
    if missing:
        raise UnusableArchive(
            f"{folder.stem}: {len(missing)} of {len(checksums)} files are absent or altered in "
            f"what was fetched, for example {next(iter(missing.values()))}. It was removed; start "
            "again, or use another AUDIOXAI_MIRROR."
        )


def damaged_files(folder: Path, checksums: dict[str, str]) -> list[str]:
    """Which of the listed files are absent or altered.

    Examples
    --------
    >>> damaged_files(Path("no such folder"), {"dog.wav": "sha256:0"})
    ['dog.wav']
    """

    def intact(file: Path, checksum: str) -> bool:
        algorithm, expected = checksum.split(":")
        return file.is_file() and pooch.file_hash(file, algorithm) == expected

    return [path for path, checksum in checksums.items() if not intact(folder / path, checksum)]


def move_into_place(partial: Path, target: Path) -> None:
    """Put a complete data set in its place; repair one that is there, leaving other files in it
    alone.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     partial, target = Path(folder, "esc10.partial"), Path(folder, "esc10")
    ...     partial.mkdir()
    ...     move_into_place(partial, target)
    ...     [path.name for path in Path(folder).iterdir()]
    ['esc10']
    """
    try:
        os.replace(partial, target)
    except OSError:  # it is there, maybe since another process was faster
        if not target.is_dir():
            raise
    for file in partial.rglob("*"):
        there = target / file.relative_to(partial)
        if file.is_file() and not (there.is_file() and filecmp.cmp(file, there, shallow=False)):
            there.parent.mkdir(parents=True, exist_ok=True)
            os.replace(file, there)
