"""Half-second windows of a clip, and what simple numbers say of each: a fault that sounds briefly
fills a window, where in a whole clip it is averaged away. Taught in notebook 12.
"""

from collections.abc import Callable

import numpy as np
from torch import Tensor

from ..inputs import as_array, as_floats, plain
from .baselines import mel_statistics

WINDOW_AXES = "clips, windows, 1, frequency, frames"
WINDOW, STEP = 32, 16  # frames: half a second, a quarter


def windows_of(values: Tensor, frames: int = WINDOW, step: int = STEP) -> Tensor:
    """Cut clips into windows that overlap by half.

    Parameters
    ----------
    values : Tensor, shape (clips, 1, frequency, time)
    frames : int, default 32
        Of a window.
    step : int, default 16
        Between the starts of two windows, in frames. What is left at the end of a clip, less than a
        step, is in no window.

    Returns
    -------
    Tensor, shape (clips, windows, 1, frequency, frames)
        A view: nothing is copied.

    Raises
    ------
    ValueError
        If clips are shorter than a window, or a length is not positive.

    Notebook: 12.

    Examples
    --------
    >>> import torch
    >>> windows_of(torch.arange(6.0).reshape(1, 1, 1, 6), frames=4, step=2)[0, :, 0, 0].tolist()
    [[0.0, 1.0, 2.0, 3.0], [2.0, 3.0, 4.0, 5.0]]
    """
    frames, step = plain(frames), plain(step)
    values = as_floats(values, "values", "clips, 1, frequency, time")
    if not (frames > 0 and step > 0 and values.shape[3] >= frames):
        asked = f"windows of {frames} frames every {step}"
        raise ValueError(f"clips of {values.shape[3]} frames cannot be cut into {asked}")
    return values.unfold(3, frames, step).permute(0, 3, 1, 2, 4)


def window_statistics(windows: Tensor) -> np.ndarray:
    """Mean and standard deviation of each band in each window: (clips, windows, 1, frequency,
    frames) → (clips, windows, 2 · frequency). See `baselines.mel_statistics`.

    Notebook: 12.

    Examples
    --------
    >>> import torch
    >>> window_statistics(torch.tensor([[[[[1.0, 3.0]]], [[[2.0, 2.0]]]]])).tolist()
    [[[2.0, 1.0], [2.0, 0.0]]]
    """
    windows = as_floats(windows, "windows", WINDOW_AXES)
    flat = mel_statistics(windows.flatten(0, 1))
    return flat.reshape(*windows.shape[:2], -1)


def pooled_bins(windows: Tensor, columns: int = 16) -> np.ndarray:
    """Every band of a window in a few columns, the means of as many frames each: (clips, windows,
    1, frequency, frames) → (clips, windows, frequency · columns), band by band.

    Parameters
    ----------
    windows : Tensor
    columns : int, default 16
        It divides the frames.

    Raises
    ------
    ValueError
        If it does not.

    Notebook: 12.

    Examples
    --------
    >>> import torch
    >>> pooled_bins(torch.tensor([[[[[1.0, 3.0, 5.0, 7.0]]]]]), columns=2).tolist()
    [[[2.0, 6.0]]]
    """
    windows = as_floats(windows, "windows", WINDOW_AXES)
    frames = windows.shape[4]
    if frames % columns:
        raise ValueError(f"{columns} columns do not divide {frames} frames")
    pooled = windows.unflatten(4, (columns, frames // columns)).mean(dim=5)
    return pooled.flatten(2).numpy(force=True)


def highest_of_windows(
    score: Callable[[np.ndarray], np.ndarray], features: np.ndarray
) -> np.ndarray:
    """The score of a clip: that of its most unusual window.

    Parameters
    ----------
    score : callable, features (windows, numbers) -> scores (windows,)
        Fitted to windows of healthy clips.
    features : ndarray, shape (clips, windows, numbers)

    Returns
    -------
    ndarray, shape (clips,)

    Notebook: 12.

    Examples
    --------
    >>> highest_of_windows(lambda x: x[:, 0], np.array([[[1.0], [4.0]], [[2.0], [3.0]]])).tolist()
    [4.0, 3.0]
    """
    features = as_array(features, "features")
    if features.ndim != 3 or not np.isfinite(features).all():
        shape = features.shape
        raise ValueError(f"features are finite, of shape (clips, windows, numbers), not {shape}")
    clips, windows, numbers = features.shape
    return score(features.reshape(clips * windows, numbers)).reshape(clips, windows).max(axis=1)
