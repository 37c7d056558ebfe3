"""Does an explanation survive a noisy room? Background sounds, mixing, and how much two maps agree. For notebook 07.

Waveforms have the shape (batch, samples), maps (batch, 1, frequency, time).
"""

import math

import torch
import torchaudio
from torch import Tensor

from audioxai_lite.audio import AudioError, peak_normalise, rms_normalise
from audioxai_lite.masks import top_k

PUBLISHED_SNR = 20 * math.log10(0.6 / 0.4)  # decibels: 0.6 of the clip and 0.4 of a noise of the same level


def white_noise(samples: int, sample_rate: int, generator: torch.Generator) -> Tensor:
    """Noise without any colour, of normally distributed samples: (1, samples), root mean square 0.1. Notebook: 07.

    Examples
    --------
    >>> sound = white_noise(16_000, 16_000, torch.Generator().manual_seed(0))
    >>> sound.shape, round(sound.square().mean().sqrt().item(), 3)
    (torch.Size([1, 16000]), 0.1)
    """
    return rms_normalise(torch.randn(1, samples, generator=generator))


def room_tone(samples: int, sample_rate: int, generator: torch.Generator) -> Tensor:
    """An industrial room: mains hum, ventilation, and now and then a clatter; continuous. Notebook: 07.

    Hum at 50 Hz and its first five harmonics, each half as loud as the one before; noise that falls by 12 dB an octave
    above 200 Hz, 6 dB louder than the hum; twice a second on average a hit that rings for 50 ms between 1 and 4 kHz.

    Returns
    -------
    Tensor, shape (1, samples), root mean square 0.1

    Examples
    --------
    >>> room_tone(16_000, 16_000, torch.Generator().manual_seed(0)).shape
    torch.Size([1, 16000])
    """
    seconds = torch.arange(samples) / sample_rate
    phases = 2 * math.pi * torch.rand(6, 1, generator=generator)
    harmonics = torch.arange(1, 7)[:, None]
    hum = (0.5**harmonics * torch.sin(2 * math.pi * 50 * harmonics * seconds + phases)).sum(dim=0, keepdim=True)
    hiss = torch.randn(1, samples, generator=generator)
    air = torchaudio.functional.lowpass_biquad(hiss, sample_rate, 200.0)
    clatter = torch.zeros(1, samples)
    hits = int(torch.poisson(torch.tensor(2.0 * samples / sample_rate), generator=generator))
    for _ in range(hits):
        start, frequency, level = torch.rand(3, generator=generator).tolist()
        since = (seconds - start * samples / sample_rate).clamp(min=0)
        ring = torch.exp(-since / 0.015) * torch.sin(2 * math.pi * 1000 * 4**frequency * since)
        clatter += (0.3 + level) * ring
    return rms_normalise(rms_normalise(air, 2.0) + rms_normalise(hum, 1.0) + clatter)


def whinny(samples: int, sample_rate: int, generator: torch.Generator) -> Tensor:
    """An intermittent sound: descending, trembling sweeps of about a second, with silence between. Notebook: 07.

    A tone with three harmonics falls from 1,200 to 500 Hz, give or take a fifth, and trembles 12 times a second.

    Returns
    -------
    Tensor, shape (1, samples), root mean square 0.1 over the whole

    Examples
    --------
    >>> whinny(16_000, 16_000, torch.Generator().manual_seed(0)).shape
    torch.Size([1, 16000])
    """
    sound, length = torch.zeros(samples), sample_rate
    start = int(0.3 * sample_rate * torch.rand((), generator=generator))
    while start < samples:
        seconds = torch.arange(min(length, samples - start)) / sample_rate
        highest = 1200 * 1.2 ** (2 * torch.rand((), generator=generator).item() - 1)
        frequency = highest * (5 / 12) ** seconds * (1 + 0.06 * torch.sin(2 * math.pi * 12 * seconds))
        phase = 2 * math.pi * frequency.cumsum(0) / sample_rate
        voice = sum(torch.sin(k * phase) / k for k in range(1, 5))
        fade = (seconds / 0.05).clamp(max=1) * ((length / sample_rate - seconds) / 0.2).clamp(0, 1)
        sound[start : start + len(seconds)] = voice * fade
        start += int(sample_rate * (1.4 + 0.8 * torch.rand((), generator=generator).item()))
    return rms_normalise(sound[None])


NOISES = {"white": white_noise, "room": room_tone, "whinny": whinny}


def active_level(waveform: Tensor, sample_rate: int, range_db: float = 30.0) -> Tensor:
    """Root mean square over the part of a clip that is not pause, (batch, 1).

    A clip of a single bark is mostly silence, and so would be its level over the whole. What counts are the stretches
    of 20 ms whose level is at most `range_db` below that of the loudest. AudioError if a clip is silent. Notebook: 07.

    Examples
    --------
    >>> bark = torch.cat([torch.zeros(1, 12_800), 0.5 * torch.ones(1, 3_200)], dim=1)
    >>> active_level(bark, 16_000).item(), round(bark.square().mean().sqrt().item(), 2)
    (0.5, 0.22)
    """
    length = round(0.02 * sample_rate)
    if waveform.shape[-1] < length:
        raise AudioError("waveform", f"it has {waveform.shape[-1]} samples, less than 20 ms", "Use a longer clip")
    power = waveform.unfold(-1, length, length).square().mean(dim=-1)
    loudest = power.amax(dim=-1, keepdim=True)
    if (loudest == 0).any():
        raise AudioError("waveform", "it is silent, so its level cannot be told", "Leave this clip out")
    active = (power >= loudest * 10 ** (-range_db / 10)).float()
    return ((power * active).sum(dim=-1, keepdim=True) / active.sum(dim=-1, keepdim=True)).sqrt()


def mix(waveform: Tensor, noise: Tensor, snr: float, sample_rate: int) -> Tensor:
    """A clip with a background, at a ratio of their active levels (see `active_level`), scaled to the clip's own peak.

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

    Notebook: 07.

    Examples
    --------
    >>> tone, noise = torch.sin(torch.arange(16_000.0))[None], torch.randn(1, 16_000)
    >>> round(mix(0.5 * tone, noise, 10.0, 16_000).abs().max().item(), 3)
    0.5
    """
    _same_length(waveform, noise)
    ratio = active_level(waveform, sample_rate) / active_level(noise, sample_rate)
    mixed = peak_normalise(waveform + noise * ratio * 10 ** (-snr / 20))
    return mixed * waveform.abs().amax(dim=-1, keepdim=True)


def mix_as_published(waveform: Tensor, noise: Tensor) -> Tensor:
    """Six tenths of a clip and four of a noise, both first brought to one level over their whole length; peak 1.

    By whole lengths the ratio is `PUBLISHED_SNR`. A bark in a silent clip is louder than that while it lasts, as
    `active_level` tells. Shapes and errors as in `mix`.

    Source: the public code of Pak & Teryokhina 2025. Notebook: 07.

    Examples
    --------
    >>> tone, noise = torch.sin(torch.arange(16_000.0))[None], torch.randn(1, 16_000)
    >>> mix_as_published(tone, noise).shape
    torch.Size([1, 16000])
    """
    _same_length(waveform, noise)
    return peak_normalise(0.6 * rms_normalise(waveform) + 0.4 * rms_normalise(noise))


def _same_length(waveform: Tensor, noise: Tensor) -> None:
    if waveform.shape[-1] != noise.shape[-1]:
        lengths = f"{noise.shape[-1]} samples of noise for {waveform.shape[-1]} of the clip"
        raise AudioError("noise", f"the lengths differ: {lengths}", "Bring it to length with audio.pad_or_crop")


def top_overlap(first: Tensor, second: Tensor, share: float = 0.05) -> Tensor:
    """How many of the upper bins of one map are among the upper bins of the other: (batch,), from 0 to 1.

    Both masks keep exactly `share` of a clip (see `masks.top_k`), so two random maps reach `share`. The order of all
    bins, most of which do not matter, is compared by `sanity.rank_correlation`. Notebook: 07.

    Examples
    --------
    >>> found = torch.arange(100.0).reshape(1, 1, 10, 10)
    >>> top_overlap(found, 2 * found + 1).item(), top_overlap(found, -found).item()
    (1.0, 0.0)
    """
    if first.shape != second.shape:
        raise ValueError(f"two maps of one clip have one shape, not {tuple(first.shape)} and {tuple(second.shape)}")
    masks = [top_k(m, share) for m in (first, second)]
    return (masks[0] * masks[1]).sum(dim=(1, 2, 3)) / masks[0].sum(dim=(1, 2, 3))
