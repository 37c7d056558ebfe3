"""Names for what is not whole yet, where several processes of several machines write into one
folder.
"""

import glob
import os
import platform
import re
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

ABANDONED = 600  # seconds: what is being fetched or unpacked is written to more often by far


def own_partial(target: Path, make: Callable[[Path], None] = Path.touch) -> Path:
    """Make a file (or folder) for what is not whole yet, with a name that no other process takes:
    others may fetch the same into a shared folder, which may know no locks.

    What was left by a process that was stopped is removed: one of this machine that is no more, or
    another that has not written for `ABANDONED` seconds.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = Path(folder, "esc10")
    ...     own_partial(target, Path.mkdir) == own_partial(target, Path.mkdir)
    False
    """
    token = secrets.token_hex(4)
    own = target.with_name(f"{target.name}.{os.getpid()}-{token}@{platform.node()}.partial")
    make(own)
    clear_abandoned(target, own.stat().st_mtime)  # by the clock of that disk
    return own


def clear_abandoned(target: Path, now: float = 0.0) -> None:
    """Remove what stopped processes have left beside a target, see `own_partial`; without the time,
    only what those of this machine have left.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     partial = own_partial(Path(folder, "esc10"))
    ...     clear_abandoned(Path(folder, "esc10"))
    ...     partial.exists()  # it is being written
    True
    """
    for old in target.parent.glob(f"{glob.escape(target.name)}.*partial"):
        with suppress(OSError):  # another process may clear up, too
            last = max(path.stat().st_mtime for path in (old, *old.glob("*")))
            if _is_stopped(old) or now - last > ABANDONED:
                shutil.rmtree(old) if old.is_dir() else old.unlink()


def _is_stopped(partial: Path) -> bool:
    """Whether a process of this machine made it, and is no more."""
    made_by = re.search(r"\.([0-9]+)-\w+@(.*)\.partial$", partial.name)
    if os.name != "posix" or made_by is None or made_by[2] != platform.node():
        return False
    try:
        os.kill(int(made_by[1]), 0)  # no signal: it only asks
    except ProcessLookupError:
        return True
    return False
