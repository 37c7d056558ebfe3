"""Scores along a recording that never lies in memory as a whole. Taught in notebook 02."""

import os
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from ..sound.decoding import AudioError, mono_blocks, open_sound_file
from ..sound.spectrogram import PowerStft
from .scores import Errors, ScoreFunction, mean_score, score_clips, unmasked_errors


def stream_scores(
    model: nn.Module,
    feature: PowerStft,
    path_or_blocks,
    window_seconds: float,
    hop_seconds: float,
    batch_size: int = 16,
    score: ScoreFunction = mean_score,
    errors: Errors = unmasked_errors,
) -> tuple[Tensor, Tensor]:
    """Scores along a long recording that never lies in memory as a whole: those of its windows, cut
    out one by one.

    Parameters
    ----------
    model : nn.Module
        A detector.
    feature : LogStft or LogMel
        What the model was trained on.
    path_or_blocks : path, or iterable of array, shape (samples,), float
        A sound file, its channels averaged; or blocks of any lengths that follow each other, at the
        feature's rate.
    window_seconds, hop_seconds : float
        Length of a window and step between windows, 0 < hop <= window, both rounded to samples. The
        window should be as long as the training clips. What is left after the last whole window is
        not scored.
    batch_size : int, default 16
        Windows that pass through the model at once: memory grows with it, and with the length of
        the blocks.
    score, errors
        See `score_clips`.

    Returns
    -------
    start : Tensor, shape (windows,), float64
        Of each window, in seconds from the start of the recording.
    scores : Tensor, shape (windows,), float32
        Higher is more anomalous. No gradients.

    Raises
    ------
    AudioError
        If the file is missing, not audio, cut off or at another rate than
        the feature's, the recording shorter than a window, or a block not finite, not float or not
        mono.
    ValueError
        If the lengths or the batch size are out of range.

    Notebook: 02.

    Examples
    --------
    >>> from audioxai_lite.sound.spectrogram import LogMel
    >>> from audioxai_lite.models.autoencoder import Autoencoder
    >>> seconds = (np.random.default_rng(0).normal(size=16_000) for second in range(6))
    >>> starts, scores = stream_scores(
    ...     Autoencoder(), LogMel(), seconds, window_seconds=4.0, hop_seconds=1.0
    ... )
    >>> starts.tolist()
    [0.0, 1.0, 2.0]
    """
    rate = feature.sample_rate
    window, hop = round(window_seconds * rate), round(hop_seconds * rate)
    if not (1 <= hop <= window and batch_size >= 1):
        given = f"{hop_seconds} s, {window_seconds} s and {batch_size}"
        raise ValueError(f"0 < hop <= window and a batch of at least 1 are needed, not {given}")
    is_path = isinstance(path_or_blocks, str | os.PathLike)
    name = path_or_blocks if is_path else "recording"
    blocks = _file_blocks(path_or_blocks, rate) if is_path else path_or_blocks
    windows = _windows(blocks, window, hop, batch_size, rate, name)
    batches = (feature(waveform).values for waveform in windows)
    scores = score_clips(model, batches, score, errors)
    return torch.arange(len(scores), dtype=torch.float64) * hop / rate, scores


def _file_blocks(path: str | os.PathLike, sample_rate: int) -> Iterator[np.ndarray]:
    """A sound file at its own rate, its channels averaged."""
    with open_sound_file(path) as file:
        if file.samplerate != sample_rate:
            fault = f"its rate is {file.samplerate} Hz where {sample_rate} Hz is expected"
            remedy = f"Write it again at {sample_rate} Hz, or make the feature for its rate"
            raise AudioError(path, fault, remedy)
        yield from mono_blocks(file, path)


def _windows(blocks, window: int, hop: int, batch_size: int, rate: int, name) -> Iterator[Tensor]:
    """Windows cut from blocks that follow each other, in batches of shape (windows, window)."""
    rest, batch, received, windows = np.empty(0, np.float32), [], 0, 0
    for block in map(np.asarray, blocks):
        if block.ndim != 1 or not np.issubdtype(block.dtype, np.floating):
            fault = f"a block has the shape {block.shape} and type {block.dtype}"
            remedy = "Pass mono blocks of shape (samples,) with values in [-1, 1]"
            raise AudioError(name, fault, remedy)
        if not np.isfinite(block).all():
            second = (received + np.flatnonzero(~np.isfinite(block))[0]) / rate
            fault = f"it holds NaN or infinite samples at {second:.2f} s"
            raise AudioError(name, fault, "Export it as 16-bit wav")
        received += len(block)
        rest = np.concatenate([rest, block.astype(np.float32, copy=False)])
        while len(rest) >= window:
            batch.append(rest[:window].copy())  # a view would keep the whole block alive
            rest, windows = rest[hop:], windows + 1
            if len(batch) == batch_size:
                yield torch.from_numpy(np.stack(batch))
                batch = []
    if batch:
        yield torch.from_numpy(np.stack(batch))
    if not windows:
        fault = f"it lasts {received / rate:.2f} s, less than a window of {window / rate:.2f} s"
        raise AudioError(name, fault, "Use a longer recording or shorter windows")
