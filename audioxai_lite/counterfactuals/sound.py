"""A counterfactual as a sound. Taught in notebook 08."""

from dataclasses import replace

from torch import Tensor

from ..inputs import as_numbers
from ..sound.spectrogram import LogMel, PowerStft


def to_sound(waveform: Tensor, change: Tensor, feature: LogMel) -> Tensor:
    """A clip as it sounds after its mel bands were changed: its own spectrogram and phase, louder
    or quieter.

    Parameters
    ----------
    waveform : Tensor, shape (batch, samples)
    change : Tensor, shape (batch, 1, n_mels, time)
        Decibels. A frequency takes the mean of its bands' changes, weighted as the bands weigh it;
        below the lowest band nothing changes.
    feature : LogMel

    Returns
    -------
    Tensor, shape of `waveform`
        Nothing is resynthesised: where the change is 0 the clip is its own, to rounding. `waveform`
        less this is the removed part alone. Differentiable.

    Notebook: 08.

    Examples
    --------
    >>> import torch
    >>> sound = torch.randn(1, 16_000)
    >>> quieter = to_sound(sound, torch.full((1, 1, 64, 51), -20.0), LogMel(f_min=0.0))
    >>> round((quieter.std() / sound.std()).item(), 1)  # 20 dB less are a tenth of the amplitude
    0.1
    """
    change = as_numbers(change, "changes", "batch, 1, frequency, time")
    power = PowerStft(feature.sample_rate, feature.n_fft, feature.hop_length)
    spectrogram = power(waveform)
    decibels = feature.filters.T @ change / feature.filters.sum(dim=0)[:, None].clamp(min=1e-8)
    return power.inverse(replace(spectrogram, values=spectrogram.values * 10 ** (decibels / 10)))
