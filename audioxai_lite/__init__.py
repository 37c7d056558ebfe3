"""Explain what an audio model hears: the names that a user needs.

Library by question (sound, models, attribution, masks, evaluation, …), `published` by source,
`course` by notebook.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
__all__ = ["AudioModel", "Explanation", "evaluate", "explain", "start"]

HOMES = {
    "AudioModel": "audio_model",
    "Explanation": "explanation",
    "evaluate": "scores",
    "explain": "explanation",
}


def __getattr__(name: str) -> Any:
    """The door is imported when it is used: `python -m audioxai_lite doctor` must run where torch
    does not.
    """
    if name in HOMES:
        return getattr(import_module(f"audioxai_lite.{HOMES[name]}"), name)
    raise AttributeError(f"module 'audioxai_lite' has no attribute {name!r}")


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

    from .display import style

    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    style.use_style()
    packages = ("audioxai_lite", "torch", "torchaudio", "librosa")
    versions = ", ".join(f"{name} {version(name).split('+')[0]}" for name in packages)
    print("versions:", versions, f"| seed {seed}")
