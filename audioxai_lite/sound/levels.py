"""Levels: decibels and their floor, the level of a clip, and mixing at a ratio of levels.

Waveforms have the shape (batch, samples), spectrograms (batch, 1, frequency, time)."""

import os

import torch
from torch import Tensor

from ..inputs import as_tensor, check_finite, plain
from .audio import AudioError, as_waveform, check_samples, is_silent

FLOOR = -100.0
"""Silence, in decibels: the lowest level that the course's spectrograms hold."""

TINY = 1e-30
"""Keeps divisions and logarithms defined: far below any power that float32 sound produces."""


def peak_normalise(waveform: Tensor, peak: float = 1.0) -> Tensor:
    """Scale each clip, shape (batch, samples), so that its largest absolute sample is `peak`.
    AudioError if silent (see `audio.is_silent`). For types of numbers see `audio.as_waveform`.

    Examples
    --------
    >>> peak_normalise(torch.tensor([[0.25, -0.5]])).tolist()
    [[0.5, -1.0]]
    """
    waveform = as_waveform(waveform)
    check_sounding(waveform)
    return waveform * (peak / waveform.abs().amax(dim=-1, keepdim=True))


def rms_normalise(waveform: Tensor, rms: float = 0.1) -> Tensor:
    """Scale each clip, shape (batch, samples), to a root mean square of `rms`. AudioError if
    silent.

    Examples
    --------
    >>> rms_normalise(torch.tensor([[3.0, -3.0]]), rms=0.5).tolist()
    [[0.5, -0.5]]
    """
    waveform = as_waveform(waveform)
    check_sounding(waveform)
    return waveform * (rms / waveform.square().mean(dim=-1, keepdim=True).sqrt())


def check_sounding(waveform: Tensor, name: str | os.PathLike = "waveform") -> None:
    """AudioError if a clip is silent, whose level cannot be set: nothing but rounding would sound.

    Examples
    --------
    >>> check_sounding(torch.full((1, 100), 0.3))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    audioxai_lite.sound.decoding.AudioError: waveform: it is silent, so it has no level. Leave ...
    """
    check_samples(waveform, name)
    if not as_waveform(waveform).square().mean(dim=-1).isfinite().all():
        raise AudioError(name, "its samples are too large for float32", "Export it again")
    if is_silent(waveform).any():
        raise AudioError(name, "it is silent, so it has no level", "Leave this clip out")


def mix_at_snr(signal: Tensor, noise: Tensor, snr: float) -> Tensor:
    """Add noise to a signal at a signal-to-noise ratio.

    Parameters
    ----------
    signal, noise : Tensor, shape (batch, samples)
        The noise is scaled, the signal left as it is. A batch of one noise serves all signals.
    snr : float
        Ratio of the two mean powers, in decibels: 0 means equally loud.

    Returns
    -------
    Tensor, shape (batch, samples)
        The sum; its peak may exceed 1.

    Raises
    ------
    AudioError
        If signal or noise is silent, or the lengths differ.

    Examples
    --------
    >>> tone, noise = torch.sin(torch.arange(16_000.0))[None], torch.randn(1, 16_000)
    >>> added = mix_at_snr(tone, noise, 20.0) - tone
    >>> round((10 * (tone.square().mean() / added.square().mean()).log10()).item(), 1)
    20.0
    """
    signal, noise = as_waveform(signal), as_waveform(noise)
    check_length(signal, noise)
    check_sounding(signal)
    level = signal.square().mean(dim=-1, keepdim=True).sqrt()
    return signal + rms_normalise(noise, rms=1.0) * level * 10 ** (-snr / 20)


def active_level(waveform: Tensor, sample_rate: int, range_db: float = 30.0) -> Tensor:
    """Root mean square over the part of a clip that is not pause, (batch, 1).

    A clip of a single bark is mostly silence, and so would be its level over the whole. What counts
    are the stretches of 20 ms whose level is at most `range_db` below that of the loudest.
    AudioError if a clip is silent. Notebook: 09.

    Examples
    --------
    >>> bark = torch.cat([torch.zeros(1, 12_800), 0.5 * torch.ones(1, 3_200)], dim=1)
    >>> active_level(bark, 16_000).item(), round(bark.square().mean().sqrt().item(), 2)
    (0.5, 0.22)
    """
    sample_rate, range_db = plain(sample_rate), plain(range_db)
    waveform = as_waveform(waveform)
    length = round(0.02 * sample_rate)
    if waveform.shape[-1] < length:
        raise AudioError("waveform", "it lasts less than 20 ms", "Use a longer clip")
    power = waveform.unfold(-1, length, length).square().mean(dim=-1)
    loudest = power.amax(dim=-1, keepdim=True)
    check_samples(power, "waveform")
    if (loudest == 0).any():
        raise AudioError("waveform", "it is silent, so it has no level", "Leave this clip out")
    active = (power >= loudest * 10 ** (-range_db / 10)).float()
    return ((power * active).sum(dim=-1, keepdim=True) / active.sum(dim=-1, keepdim=True)).sqrt()


def mix(waveform: Tensor, noise: Tensor, snr: float, sample_rate: int) -> Tensor:
    """A clip with a background, at a ratio of their active levels (see `active_level`), scaled to
    the clip's own peak.

    Parameters
    ----------
    waveform : Tensor, shape (batch, samples)
    noise : Tensor, shape (1, samples) or (batch, samples)
    snr : float
        In decibels.
    sample_rate : int
        In hertz.

    Raises
    ------
    AudioError
        If a sound is silent or the lengths differ.

    Notebook: 09.

    Examples
    --------
    >>> tone, noise = torch.sin(torch.arange(16_000.0))[None], torch.randn(1, 16_000)
    >>> round(mix(0.5 * tone, noise, 10.0, 16_000).abs().max().item(), 3)
    0.5
    """
    waveform, noise = as_waveform(waveform), as_waveform(noise)
    check_length(waveform, noise)
    check_sounding(waveform)
    check_sounding(noise, "noise")
    ratio = active_level(waveform, sample_rate) / active_level(noise, sample_rate)
    mixed = peak_normalise(waveform + noise * ratio * 10 ** (-snr / 20))
    return mixed * waveform.abs().amax(dim=-1, keepdim=True)


def check_length(signal: Tensor, noise: Tensor) -> None:
    """AudioError unless the noise is as long as the signal.

    Examples
    --------
    >>> check_length(torch.zeros(1, 4), torch.zeros(1, 3))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    audioxai_lite.sound.decoding.AudioError: noise: it has 3 samples for 4 of signal. Bring it ...
    """
    signal, noise = as_tensor(signal, "signal"), as_tensor(noise, "noise")
    if signal.shape[-1] != noise.shape[-1]:
        fault = f"it has {noise.shape[-1]} samples for {signal.shape[-1]} of signal"
        raise AudioError("noise", fault, "Bring it to length with audio.pad_or_crop")


def power_to_decibels(power: Tensor, floor: float = FLOOR) -> Tensor:
    """10 log10(power), at least `floor` decibels. Any shape.

    Examples
    --------
    >>> power_to_decibels(torch.tensor([1.0, 0.01, 0.0])).tolist()
    [0.0, -20.0, -100.0]
    """
    return 10 * torch.log10(_in_full(power, "power").clamp(min=10 ** (floor / 10)))


def decibels_to_power(decibels: Tensor) -> Tensor:
    """10 ** (decibels / 10). Any shape.

    Examples
    --------
    >>> decibels_to_power(torch.tensor([0.0, 10.0, 20.0])).round().tolist()
    [1.0, 10.0, 100.0]
    """
    return 10 ** (_in_full(decibels, "decibels") / 10)


def apply_mask(
    values: Tensor, mask: Tensor, floor: float | Tensor = FLOOR
) -> tuple[Tensor, Tensor]:
    """The part of a spectrogram that a mask keeps, and the part that it removes, both in decibels.

    A bin lands `mask` of the way from the floor to its level: at 1 it stays, exactly; at 0 it falls
    silent. (Multiplied decibels would do the opposite: 0 dB is loud.)

    Parameters
    ----------
    values : Tensor, shape (batch, 1, frequency, time)
        Decibels, at least `floor`.
    mask : Tensor that broadcasts to `values`, in [0, 1]
    floor : float, or Tensor that broadcasts to `values`, default -100
        What stands for silence, in the unit of `values`.

    Returns
    -------
    kept, removed : Tensor, each of the shape of values and mask together

    Raises
    ------
    ValueError
        If the mask leaves [0, 1].

    Source: the public code of Pak & Teryokhina 2025, (x − floor) · m + floor; here without its
    rounding. Notebook: 05.

    Examples
    --------
    >>> kept, removed = apply_mask(torch.tensor([-20.0, -20.0]), torch.tensor([1.0, 0.0]))
    >>> kept.tolist(), removed.tolist()
    ([-20.0, -100.0], [-100.0, -20.0])
    """
    values, mask = _in_full(values, "values"), as_tensor(mask, "mask")
    if not ((mask >= 0) & (mask <= 1)).all():
        raise ValueError(f"a mask lies in [0, 1], not in [{mask.min():.3g}, {mask.max():.3g}]")
    mask = mask.to(values.dtype)
    silence = torch.as_tensor(floor, dtype=values.dtype, device=values.device).expand_as(values)
    return torch.lerp(silence, values, mask), torch.lerp(silence, values, 1 - mask)


def _in_full(values: Tensor, name: str) -> Tensor:
    """Finite numbers with single precision, or double where they have it; gradients pass."""
    tensor = as_tensor(values, name)
    tensor = tensor if tensor.dtype == torch.float64 else tensor.float()
    check_finite(tensor, name)
    return tensor
