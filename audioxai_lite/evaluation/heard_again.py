"""What a mask keeps as a sound, and what a network makes of that sound when it is heard again.
Taught in notebook 13.
"""

from typing import Any, Literal, get_args

import torch
from torch import Tensor

from ..inputs import as_floats
from ..masks.rules import AXES, check_mask
from ..sound.audio import as_waveform
from ..sound.gains import shares_of_bins
from ..sound.stft import PowerStft

Application = Literal["decibels", "amplitude"]


def kept_sound(
    front_end: Any, waveforms: Tensor, masks: Tensor, application: Application = "decibels"
) -> Tensor:
    """What masks keep, as waveforms, with the phase of the whole sound.

    Parameters
    ----------
    front_end : LogStft or LogMel
    waveforms : Tensor, shape (batch, samples)
    masks : Tensor, shape (batch, 1, frequency, time), in [0, 1]
        On the grid of the front end.
    application : "decibels" or "amplitude", default "decibels"
        Decibels above silence are multiplied, as everywhere in the course, or the amplitude of the
        Fourier transform, which mel bands share by their triangles.

    Returns
    -------
    Tensor, shape (batch, samples)

    Notebook: 13.

    Examples
    --------
    >>> from audioxai_lite.sound.spectrogram import LogMel
    >>> sound, everything = 0.1 * torch.randn(1, 16_000), torch.ones(1, 1, 64, 51)
    >>> half = kept_sound(LogMel(), sound, everything / 2, "amplitude")
    >>> torch.allclose(half, sound / 2, atol=1e-4)
    True
    """
    waveforms, masks = as_waveform(waveforms), as_floats(masks, "masks", AXES)
    check_mask(masks)
    if application not in get_args(Application):
        raise ValueError(f'application is "decibels" or "amplitude", not {application!r}')
    with torch.no_grad():
        if application == "decibels":
            return front_end.inverse(front_end(waveforms).masked(masks))
        stft = PowerStft(front_end.sample_rate, front_end.n_fft, front_end.hop_length)
        spectrogram, bands = stft(waveforms), getattr(front_end, "filters", None)
        gains = masks if bands is None else shares_of_bins(bands).T @ masks
        return stft.to_waveform(gains.square() * spectrogram.values, spectrogram)


def heard_again(
    model: Any,
    waveforms: Tensor,
    masks: Tensor,
    application: Application = "decibels",
    batch_size: int = 8,
) -> Tensor:
    """The probabilities of the classes for what masks keep, once it is a sound and goes through the
    whole front end again, (batch, classes).

    A masked spectrogram need not be one of any sound: neighbouring frames share samples, and bands
    share bins. Who listens to an explanation hears the sound; so should the network.

    Parameters
    ----------
    model : AudioModel
        A classifier on spectrograms.
    waveforms, masks, application
        See `kept_sound`.
    batch_size : int, default 8

    Notebook: 13.

    Examples
    --------
    >>> from audioxai_lite import AudioModel
    >>> from audioxai_lite.sound.spectrogram import LogMel
    >>> network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.LazyLinear(3))
    >>> model, sound = AudioModel(network, LogMel(), answer="logits"), 0.1 * torch.randn(1, 16_000)
    >>> heard_again(model, sound, torch.ones(1, 1, 64, 51)).shape
    torch.Size([1, 3])
    """
    waveforms, masks = as_waveform(waveforms), as_floats(masks, "masks", AXES)
    parts = []
    for sounds, of_them in zip(waveforms.split(batch_size), masks.split(batch_size), strict=True):
        kept = kept_sound(model.front_end, sounds, of_them, application)
        with torch.no_grad():
            parts.append(model.front_end(kept).values)
    return model.probabilities(torch.cat(parts))
