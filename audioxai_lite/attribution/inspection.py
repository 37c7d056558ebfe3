"""Relevance of samples, read in time and frequency: a transform that can be undone is put before
the network, and hands relevance on to its bins. Taught in notebook 11.
"""

from typing import Any

import torch
from torch import Tensor

from ..inputs import as_floats
from ..sound.stft import PowerStft


def in_time_and_frequency(relevance: Tensor, waveforms: Tensor, grid: PowerStft) -> Tensor:
    """Relevance of samples as relevance of the bins of a Fourier transform; its sum is kept.

    A waveform is the sum of what its bins contribute to each sample. A bin gets of each sample's
    relevance the part that it contributed.

    Parameters
    ----------
    relevance : Tensor, shape (batch, 1, 1, samples)
        Zero wherever the waveform is zero, as relevance is.
    waveforms : Tensor, shape (batch, samples)
    grid : PowerStft, LogStft
        Of which the frames and bins are taken.

    Returns
    -------
    Tensor, shape (batch, 1, n_fft // 2 + 1, 1 + samples // hop_length)

    Raises
    ------
    ValueError
        If the shapes do not belong together, or a silent sample has relevance.

    Source: Vielhaben et al. 2023 (2303.06365), the virtual inspection layer; here without a
    constant in the denominator. `attribution.lrp` does the same for gains, see `played` there.
    Notebook: 11.

    Examples
    --------
    >>> sound = torch.sin(torch.arange(4_000) * 0.5)[None]
    >>> relevance = (sound * torch.randn(1, 4_000))[:, None, None]
    >>> found = in_time_and_frequency(relevance, sound, PowerStft(8_000, 256, 64))
    >>> torch.allclose(found.sum(), relevance.sum(), atol=1e-3)
    True
    """
    relevance, sounds = as_floats(relevance, "relevance"), as_floats(waveforms, "waveforms")
    if relevance.shape != (len(sounds), 1, 1, sounds.shape[-1]):
        raise ValueError(
            f"relevance of {tuple(sounds.shape)} waveforms has the shape "
            f"{(len(sounds), 1, 1, sounds.shape[-1])}, not {tuple(relevance.shape)}"
        )
    arrived, silent = relevance[:, 0, 0], sounds == 0
    if arrived[silent].any():
        raise ValueError(
            "relevance lies on silent samples, where no bin could have caused it: a map of LRP or "
            "gradient × input is needed"
        )
    share = arrived / torch.where(silent, 1.0, sounds)
    sizes: dict[str, Any] = {
        "n_fft": grid.n_fft,
        "hop_length": grid.hop_length,
        "window": grid.window,
    }
    spectrum = torch.stft(sounds, **sizes, return_complex=True)
    with torch.enable_grad():
        gains = torch.ones(spectrum.shape, requires_grad=True)
        played = torch.istft(gains * spectrum, **sizes, length=sounds.shape[-1])
        (found,) = torch.autograd.grad((played * share).sum(), gains)
    return found[:, None]
