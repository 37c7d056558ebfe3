"""Calls side by side, where the caller's `joblib.parallel_config` says. Used by recordings on disk
and by the course's studies. Taught in notebook 09.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import joblib
from tqdm import tqdm


def results_in_order(
    tasks: Iterable, total: int, unit: str, progress: bool = True, done: int = 0
) -> Iterator[Any]:
    """What delayed calls give, in their order, with any backend of joblib.

    Parameters
    ----------
    tasks : iterable of `joblib.delayed(function)(...)`
    total : int
        How many calls there are, those done before included.
    unit : str
        What the progress bar calls a call.
    progress : bool, default True
        Show the bar, as text on stderr.
    done : int, default 0
        How many were done before.

    Examples
    --------
    >>> tasks = [joblib.delayed(abs)(number) for number in (-2, 3)]
    >>> list(results_in_order(tasks, 2, "number", progress=False))
    [2, 3]
    """
    bar: dict[str, Any] = {"total": total, "unit": unit, "disable": not progress, "initial": done}
    backend, _ = joblib.parallel.get_active_backend()
    if getattr(backend, "supports_return_generator", False):
        return iter(tqdm(joblib.Parallel(return_as="generator")(tasks), **bar))
    # Pools (multiprocessing, Ray) give all results at the end: the bar counts what they were given.
    return iter(joblib.Parallel()(tqdm(tasks, **bar)))
