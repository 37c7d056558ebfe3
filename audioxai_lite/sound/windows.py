"""A recording of any length and rate, window by window, in bounded memory. Taught in notebook
14.
"""

import os
from collections.abc import Iterator

import numpy as np
import soxr
import torch
from torch import Tensor

from .audio import check_rates
from .decoding import AudioError, mono_blocks, open_sound_file


def windows_of(
    path: str | os.PathLike, sample_rate: int, seconds: float
) -> Iterator[tuple[float, Tensor]]:
    """Windows of a sound file that follow each other, mixed to mono, at one rate.

    The last one ends where the recording ends, and may overlap the one before. What is shorter than
    a window is one window of its own length.

    Parameters
    ----------
    path : path
    sample_rate : int
        In hertz; the file may have any.
    seconds : float
        Length of a window.

    Yields
    ------
    (float, Tensor)
        The start in seconds, and the waveform, (1, samples).

    Raises
    ------
    AudioError
        If the file is missing, not audio, cut off, or empty, or holds NaN or infinity.

    Notebook: 14.

    Examples
    --------
    >>> import tempfile
    >>> import soundfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     soundfile.write(f"{folder}/long.wav", np.zeros(20_000), 8_000)
    ...     [(start, tuple(x.shape)) for start, x in windows_of(f"{folder}/long.wav", 16_000, 1.0)]
    [(0.0, (1, 16000)), (1.0, (1, 16000)), (1.5, (1, 16000))]
    """
    size = round(seconds * sample_rate)
    if size < 1:
        raise ValueError(f"a window lasts longer than a sample, not {seconds} s")
    rest, before, total = np.empty(0, np.float32), np.empty(0, np.float32), 0
    for block in _blocks(path, sample_rate):
        rest, total = np.concatenate([rest, block]), total + len(block)
        while len(rest) >= size:
            before, rest = rest[:size].copy(), rest[size:]
            yield (total - len(rest) - size) / sample_rate, torch.from_numpy(before)[None]
    if total == 0:
        raise AudioError(path, "it holds no samples", "Record or export it again")
    if len(rest):
        last = np.concatenate([before, rest])[-size:]
        yield (total - len(last)) / sample_rate, torch.from_numpy(last)[None]


def _blocks(path: str | os.PathLike, sample_rate: int) -> Iterator[np.ndarray]:
    """The file, its channels averaged, at another rate."""
    with open_sound_file(path) as file:
        rate = file.samplerate
        check_rates(path, rate, sample_rate)
        change = soxr.ResampleStream(rate, sample_rate, 1, dtype="float32")
        for block in mono_blocks(file, path):
            yield block if rate == sample_rate else change.resample_chunk(block)
        if rate != sample_rate:
            yield change.resample_chunk(np.empty(0, np.float32), last=True)
