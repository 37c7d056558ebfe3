"""Companion package of the course "Explain what an audio model hears": one module per concept, plain functions."""

__version__ = "0.1.0"


def start(seed: int = 0) -> None:
    """Set up a notebook of the course: seeds, at most two threads, one look for all figures; print what runs.

    Parameters
    ----------
    seed : int, default 0
        For Python, NumPy and torch.
    """
    import os
    import random
    from importlib.metadata import version

    import numpy
    import torch

    from audioxai_lite import plots

    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(min(2, os.cpu_count() or 1))
    plots.use_style()
    packages = ("audioxai_lite", "torch", "torchaudio", "librosa")
    print("versions:", ", ".join(f"{name} {version(name).split('+')[0]}" for name in packages), f"| seed {seed}")
