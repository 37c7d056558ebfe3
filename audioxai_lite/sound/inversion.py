"""From mel bands back to the power of a Fourier transform: four ways. Taught in notebook 01."""

from typing import Literal

import librosa
import torch
import torchaudio
from torch import Tensor

from ..inputs import as_floats, as_numbers
from .levels import TINY

Inversion = Literal["ours", "pseudo-inverse", "torchaudio", "librosa"]


def clamped_power(mel: Tensor, pseudo_inverse: Tensor) -> Tensor:
    """The least-squares answer of a pseudo-inverse, what is negative in it set to 0.

    Parameters
    ----------
    mel : Tensor, shape (batch, 1, bands, time)
    pseudo_inverse : Tensor, shape (bins, bands)

    Returns
    -------
    Tensor, shape (batch, 1, bins, time), at least 0
        Differentiable. What was negative makes the rest too loud.

    Notebook: 01, "Ways back from mel".

    Examples
    --------
    >>> filters = torch.tensor([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]])
    >>> silent_above = torch.tensor([[[[3.0], [0.0]]]])
    >>> clamped_power(silent_above, torch.linalg.pinv(filters)).flatten().round().tolist()
    [2.0, 1.0, 0.0]
    """
    mel, pseudo_inverse = as_numbers(mel, "mel"), as_numbers(pseudo_inverse, "pseudo-inverses")
    return (pseudo_inverse @ mel).clamp(min=0)


def torchaudio_power(
    mel: Tensor, bins: int, sample_rate: int, f_min: float, f_max: float
) -> Tensor:
    """The answer of torchaudio's `InverseMelScale`: least squares, clamped at zero.

    Parameters
    ----------
    mel : Tensor, shape (batch, 1, bands, time)
    bins : int
        Of the Fourier transform.
    sample_rate, f_min, f_max
        In hertz, as the bands were made.

    Returns
    -------
    Tensor, shape (batch, 1, bins, time), at least 0

    Raises
    ------
    ValueError
        If the filter bank is rank-deficient, which it cannot invert.

    Notebook: 01, "Ways back from mel".

    Examples
    --------
    >>> filters = torchaudio.functional.melscale_fbanks(257, 50.0, 8000.0, 32, 16_000).T
    >>> mel = filters @ torch.ones(1, 1, 257, 1)
    >>> torch.allclose(filters @ torchaudio_power(mel, 257, 16_000, 50.0, 8000.0), mel, rtol=0.01)
    True
    """
    mel = as_floats(mel, "mel")
    bands = mel.shape[-2]
    inverse = torchaudio.transforms.InverseMelScale(bins, bands, sample_rate, f_min, f_max)
    try:
        return inverse(mel)
    except RuntimeError as error:
        raise ValueError(
            f"torchaudio cannot invert this filter bank ({error}); "
            f"use inversion='ours', or fewer than {bands} bands"
        ) from error


def librosa_power(mel: Tensor, filters: Tensor) -> Tensor:
    """The answer of librosa's `nnls`: non-negative least squares by L-BFGS, accurate and slow.

    Parameters
    ----------
    mel : Tensor, shape (batch, 1, bands, time)
    filters : Tensor, shape (bands, bins)

    Returns
    -------
    Tensor, shape (batch, 1, bins, time), at least 0

    Notebook: 01, "Ways back from mel".

    Examples
    --------
    >>> filters = torch.tensor([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]])
    >>> silent_above = torch.tensor([[[[3.0], [0.0]]]])
    >>> power = librosa_power(silent_above, filters)
    >>> torch.allclose(filters @ power, silent_above, atol=0.01)
    True
    """
    mel, filters = as_floats(mel, "mel"), as_floats(filters, "filters")
    return torch.from_numpy(librosa.util.nnls(filters.numpy(), mel.numpy()))


def refine_power(
    power: Tensor, mel: Tensor, filters: Tensor, updates: int = 100, relaxation: float = 1.8
) -> Tensor:
    """Bring a non-negative power spectrogram into agreement with its mel bands, by multiplicative
    updates.

    Each update multiplies every bin by how much its bands fall short, filtersᵀ (mel / (filters
    power)) / Σ filters, to the power of `relaxation`. It cannot turn negative, needs no step size,
    serves quiet bands as well as loud ones (it lowers the Kullback-Leibler divergence, not the
    squared error), and does not mind a band without any bin.

    Parameters
    ----------
    power : Tensor, shape (batch, 1, bins, time)
        The start, at least 0.
    mel : Tensor, shape (batch, 1, bands, time)
        The power in each band that the result should have.
    filters : Tensor, shape (bands, bins)
    updates : int, default 100
    relaxation : float in (0, 2), default 1.8
        1 is the classic update; larger values take longer steps, at 2 it no longer converges.

    Returns
    -------
    Tensor, shape (batch, 1, bins, time), at least 0
        Differentiable with respect to `mel` and `power`.

    Source: Lee & Seung 2001, update for the divergence. Notebook: 01, "Ways back from mel".

    Examples
    --------
    >>> one_band = torch.ones(1, 3)
    >>> power = refine_power(torch.rand(1, 1, 3, 1), torch.full((1, 1, 1, 1), 6.0), one_band)
    >>> round((one_band @ power).item(), 3)  # the three bins now have the band's power
    6.0
    """
    power, mel = as_numbers(power, "power"), as_numbers(mel, "mel")
    filters = as_numbers(filters, "filters")
    weight = filters.sum(dim=0)[:, None].clamp(min=1e-8)
    power = power + 0.1 * (filters.T @ mel) / weight  # a bin that starts at zero would stay there
    for _ in range(updates):
        shortfall = mel / (filters @ power).clamp(min=TINY)
        power = power * (filters.T @ shortfall / weight) ** relaxation
    return power
