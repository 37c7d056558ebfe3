"""Files that are whole or not there. Used by reports and by the course."""

import os
import shlex
from pathlib import Path


def write_whole(file: Path, content: str | bytes) -> None:
    """Write a file of text, or bytes, in one step: whoever is stopped on the way leaves the old
    one, or none.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(Path(folder, "table.csv"), "a,b")
    ...     [file.name for file in Path(folder).iterdir()]
    ['table.csv']
    """
    partial = file.with_name(f"{file.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(content.encode() if isinstance(content, str) else content)
        os.replace(partial, file)
    finally:
        partial.unlink(missing_ok=True)


def restoring(*files: Path) -> str:
    """A sentence about how to get files back that come with something.

    Examples
    --------
    >>> restoring(Path("data/table.csv"))
    'Fetch it again from where it came from (in a clone: `git checkout -- data/table.csv`).'
    """
    command = shlex.join(["git", "checkout", "--", *map(str, files)])
    return f"Fetch it again from where it came from (in a clone: `{command}`)."
