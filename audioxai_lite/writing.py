"""Files that are whole or not there. Used by reports and by the course."""

import os
import shlex
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

LEFT = 3600  # seconds after which a temporary file must be one that a killed run has left


def write_whole(file: Path, content: str | bytes) -> None:
    """Write a file of text, as UTF-8, or of bytes, in one step: whoever is stopped on the way
    leaves the old one, or none; of several who write at once, one wins. A temporary file that a
    killed run has left in the folder is removed when it is an hour old.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(Path(folder, "table.csv"), "a,b")
    ...     [file.name for file in Path(folder).iterdir()]
    ['table.csv']
    """
    # A name of its own also where threads, or machines with one shared folder, write at once.
    partial = file.with_name(f".{uuid4().hex}.partial")
    try:
        partial.write_bytes(content.encode() if isinstance(content, str) else content)
        os.replace(partial, file)
    except OSError as error:  # it names the file that the caller asked for
        raise OSError(error.errno, error.strerror, str(file)) from error
    finally:
        partial.unlink(missing_ok=True)
    for left in file.parent.glob(".*.partial"):
        with suppress(OSError):  # another process has finished with it just now
            if time.time() - left.stat().st_mtime > LEFT:
                left.unlink()


def restoring(*files: Path) -> str:
    """A sentence about how to get files back that come with something.

    Examples
    --------
    >>> restoring(Path("data/table.csv"))
    'Fetch it again from where it came from (in a clone: `git checkout -- data/table.csv`).'
    """
    command = shlex.join(["git", "checkout", "--", *map(str, files)])
    return f"Fetch it again from where it came from (in a clone: `{command}`)."
