"""What lies in a folder of recordings, and in a list of them, whatever else lies there.

Systems leave files of their own in folders (`.DS_Store`, `._a.wav`, `Thumbs.db`), people leave
notes and copies, and spreadsheets save a list in another way than they read it.
"""

import csv
import io
import warnings
from collections.abc import Iterable
from pathlib import Path

from ..sound.decoding import READABLE
from .sources import DownloadError

SEPARATORS = ",;\t|"


def visible(path: Path, below: Path) -> bool:
    """Whether neither a file nor a folder on the way to it is hidden, or a system's own.

    Examples
    --------
    >>> folder = Path("audio")
    >>> visible(folder / ".ipynb_checkpoints" / "a.wav", folder), visible(folder / "a.wav", folder)
    (False, True)
    """
    parts = path.relative_to(below).parts
    return not any(part.startswith((".", "~$")) or part == "__MACOSX" for part in parts)


def sound_files(folder: Path) -> dict[str, str]:
    """The sound files of a folder that are not hidden: name by name without suffix, sorted.

    Of two files that differ in their suffix alone the first is taken; a warning names the other.

    Raises
    ------
    DownloadError
        If the folder cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("dog.WAV", "._dog.wav", "Thumbs.db", "notes.txt"):
    ...         _ = Path(folder, name).write_bytes(b"")
    ...     sound_files(Path(folder))
    {'dog': 'dog.WAV'}
    """
    try:
        files = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise DownloadError(f"{folder} cannot be read ({error.strerror}). Allow it.") from error
    found: dict[str, str] = {}
    strangers = []
    for file in files:
        if file.suffix.lower() not in READABLE or not visible(file, folder):
            continue
        if file.is_file() and file.stem not in found:
            found[file.stem] = file.name
        else:
            strangers.append(file.name)
    warn_of(strangers, folder, "is no file, or has the name of another but for its suffix")
    return found


def warn_of(names: Iterable[str], folder: Path, fault: str, remedy: str = "") -> None:
    """Warn, in one sentence, that files are left out, and why; say nothing of none.

    Parameters
    ----------
    names : iterable of str
    folder : Path
    fault : str
        What is said of the first of them.
    remedy : str, optional
        By default to rename or remove it.

    Examples
    --------
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warn_of(["my dog.wav"], Path("audio"), "has no name like 0_theo_0.wav")
    >>> print(caught[0].message)
    audio: my dog.wav has no name like 0_theo_0.wav and is left out. Rename or remove it.
    """
    names = list(names)
    if not names:
        return
    others = f", with {len(names) - 1} more like it" if len(names) > 1 else ""
    text = f"{folder}: {names[0]} {fault} and is left out{others}."
    warnings.warn(f"{text} {remedy or 'Rename or remove it.'}", stacklevel=3)


def read_rows(file: Path, columns: Iterable[str]) -> list[dict[str, str]]:
    """The rows of a list, however it was saved: with commas, semicolons, tabs or bars, in UTF-8,
    UTF-16 or Latin-1, with any ends of lines, more columns, and blank rows.

    Parameters
    ----------
    file : Path
    columns : iterable of str
        Those that are needed, in any order.

    Returns
    -------
    list of dict of str to str
        A cell that is not there is empty.

    Raises
    ------
    ValueError
        If the file cannot be read, lacks a column, or has a row longer than its first.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "list.csv")
    ...     _ = file.write_bytes("fold;filename\\r\\n1;dog.wav\\r\\n".encode("utf-16"))
    ...     read_rows(file, ["filename", "fold"])
    [{'filename': 'dog.wav', 'fold': '1'}]
    """
    columns = list(columns)
    try:
        text = _decoded(file.read_bytes())
    except (OSError, UnicodeError) as error:
        raise ValueError(f"{file} cannot be read as text ({error})") from error
    if text[:4].lower() == "sep=":  # the first line of some spreadsheets
        text = text.partition("\n")[2]
    header: list[str] = []
    for separator in SEPARATORS:
        cells = _cells(text, separator)
        names = [name.lower() for name in cells[0]] if cells else []
        if all(column.lower() in names for column in columns):
            return [_row(file, row, names, columns) for row in cells[1:]]
        header = max(header, cells[0] if cells else [], key=len)
    there = f"it has {', '.join(map(repr, header))}"[:200] if header else "it is empty"
    lacking = [column for column in columns if column.lower() not in map(str.lower, header)]
    raise ValueError(f"{file} has no column {(lacking or columns)[0]!r}; {there}")


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16")
    elif content[:2].count(0) == 1:  # UTF-16 without its mark
        text = content.decode("utf-16-le" if content[1] == 0 else "utf-16-be")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _cells(text: str, separator: str) -> list[list[str]]:
    """The cells of each row that is not blank; none where this is no table."""
    lines = csv.reader(io.StringIO(text), delimiter=separator, skipinitialspace=True)
    try:
        return [[cell.strip() for cell in line] for line in lines if any(map(str.strip, line))]
    except csv.Error:
        return []


def _row(file: Path, row: list[str], names: list[str], columns: list[str]) -> dict[str, str]:
    if any(row[len(names) :]):
        raise ValueError(f"{file}: a row is longer than the first, {', '.join(row)[:100]!r}")
    cells = dict(zip(names, row + [""] * len(names), strict=False))
    return {column: cells[column.lower()] for column in columns}
