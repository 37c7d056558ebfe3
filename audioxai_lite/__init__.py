"""Explain what an audio model hears: the names that a user needs.

Library by question (sound, models, attribution, masks, evaluation, …), `published` by source,
`course` by notebook.
"""

from importlib import import_module
from typing import Any

from .version import __version__ as __version__
from .version import version_of

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


def start(seed: int = 0, **parameters: tuple) -> None:
    """Set up a notebook of the course: its parameters are checked, seeds and one torch thread set,
    one look for all figures; print what runs.

    One thread is little slower than two on an idle machine, and many times faster than two on a
    busy one.

    Parameters
    ----------
    seed : int, default 0
        For Python, NumPy and torch.
    **parameters : tuple
        What a parameter of the notebook holds, and behind it what it may be.

    Raises
    ------
    ValueError
        If a parameter holds anything else; the message says what there is.

    Examples
    --------
    >>> start(seed=0)  # doctest: +ELLIPSIS
    versions: audioxai_lite ... | seed 0
    >>> start(DATASET=("Synthetic", "synthetic", "esc10"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: DATASET is 'synthetic' or 'esc10' in this notebook, not 'Synthetic': set it in ...
    """
    for name, (value, *known) in parameters.items():
        if not any(type(value) is type(one) and value == one for one in known):
            there = " or ".join(map(repr, known))
            said = f"{name} is {there} in this notebook, not {value!r}"
            raise ValueError(f"{said}: set it in the cell tagged parameters")

    import random

    import numpy
    import torch

    from .display import style, waiting

    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    style.use_style()
    waiting.say_when_long()
    packages = ("audioxai_lite", "torch", "torchaudio", "librosa")
    versions = ", ".join(f"{name} {version_of(name)}" for name in packages)
    print("versions:", versions, f"| seed {seed}")
