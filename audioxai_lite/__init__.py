"""Companion package of the course "Explain what an audio model hears": one module per concept,
plain functions.
"""

from audioxai_lite.display import style

__version__ = "0.1.0"


def start(seed: int = 0) -> None:
    """Set up a notebook of the course: seeds, one torch thread, one look for all figures; print
    what runs.

    One thread is little slower than two on an idle machine, and many times faster than two on a
    busy one.

    Parameters
    ----------
    seed : int, default 0
        For Python, NumPy and torch.

    Examples
    --------
    >>> start(seed=0)  # doctest: +ELLIPSIS
    versions: audioxai_lite ... | seed 0
    """
    import random
    from importlib.metadata import version

    import numpy
    import torch

    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    style.use_style()
    packages = ("audioxai_lite", "torch", "torchaudio", "librosa")
    print(
        "versions:",
        ", ".join(f"{name} {version(name).split('+')[0]}" for name in packages),
        f"| seed {seed}",
    )
