"""A cell that takes long says so, and for how long: nobody wonders whether it hangs."""

import sys
import threading
import time

from IPython import get_ipython
from tqdm import tqdm


class Clock:
    """Counts the seconds of a running cell on stderr, unless a progress bar does.

    Parameters
    ----------
    after : float, default 2
        Seconds in silence.
    every : float, default 1
        Seconds between two lines, each of which takes the place of the one before.

    Examples
    --------
    >>> clock = Clock(after=10)
    >>> clock.cell_starts()
    >>> clock.cell_ends()  # sooner than that: nothing was said
    """

    def __init__(self, after: float = 2, every: float = 1):
        self.after = after
        self.every = every
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def cell_starts(self, *_) -> None:
        """Start to count; what counted before is stopped."""
        self.cell_ends()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._count, args=(self._over,), daemon=True)
        self._thread.start()

    def cell_ends(self, *_) -> None:
        """Stop, and say how long it took if anything was said."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        self._thread = None

    def _count(self, over: threading.Event) -> None:
        begun = time.monotonic()
        said = False
        wait = self.after
        while not over.wait(wait):
            wait = self.every
            if not tqdm._instances:  # the bars that stand now; tqdm has no public name for them
                _say(f"at work for {time.monotonic() - begun:.0f} s")
                said = True
        if said:
            _say(f"took {time.monotonic() - begun:.1f} s".ljust(20) + "\n")


def _say(words: str) -> None:
    sys.stderr.write(f"\r{words}")
    sys.stderr.flush()


def say_when_long() -> None:
    """Let every cell of this notebook that runs for over two seconds say so, from the next cell on.
    Outside IPython, nothing happens. Called by `audioxai_lite.start`.

    Examples
    --------
    >>> say_when_long()
    """
    shell = get_ipython()
    if shell is None:
        return
    known = shell.events.callbacks["post_run_cell"]
    if any(isinstance(getattr(each, "__self__", None), Clock) for each in known):
        return
    clock = Clock()
    shell.events.register("pre_run_cell", clock.cell_starts)
    shell.events.register("post_run_cell", clock.cell_ends)
