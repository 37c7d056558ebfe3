"""From mel bands back to the power of a Fourier transform: four ways. Taught in notebook 01."""

from typing import Literal

from torch import Tensor

from audioxai_lite.sound.levels import TINY

Inversion = Literal["ours", "pseudo-inverse", "torchaudio", "librosa"]


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
    >>> import torch
    >>> one_band = torch.ones(1, 3)
    >>> power = refine_power(torch.rand(1, 1, 3, 1), torch.full((1, 1, 1, 1), 6.0), one_band)
    >>> round((one_band @ power).item(), 3)  # the three bins now have the band's power
    6.0
    """
    weight = filters.sum(dim=0)[:, None].clamp(min=1e-8)
    power = power + 0.1 * (filters.T @ mel) / weight  # a bin that starts at zero would stay there
    for _ in range(updates):
        shortfall = mel / (filters @ power).clamp(min=TINY)
        power = power * (filters.T @ shortfall / weight) ** relaxation
    return power
