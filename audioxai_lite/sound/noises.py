"""Background sounds, synthesised. Taught in notebook 09."""

import math

import torch
import torchaudio
from torch import Tensor

from .levels import rms_normalise


def white_noise(samples: int, sample_rate: int, generator: torch.Generator) -> Tensor:
    """Noise without any colour, of normally distributed samples: (1, samples), root mean square
    0.1. Notebook: 09.

    Examples
    --------
    >>> sound = white_noise(16_000, 16_000, torch.Generator().manual_seed(0))
    >>> round(sound.square().mean().sqrt().item(), 3)
    0.1
    """
    return rms_normalise(torch.randn(1, samples, generator=generator))


def room_tone(samples: int, sample_rate: int, generator: torch.Generator) -> Tensor:
    """An industrial room: mains hum, ventilation, and now and then a clatter; continuous. Notebook:
    09.

    Hum at 50 Hz and its first five harmonics, each half as loud as the one before; noise that falls
    by 12 dB an octave above 200 Hz, 6 dB louder than the hum; twice a second on average a hit that
    rings for 50 ms between 1 and 4 kHz.

    Returns
    -------
    Tensor, shape (1, samples), root mean square 0.1

    Examples
    --------
    >>> sound = room_tone(16_000, 16_000, torch.Generator().manual_seed(0))
    >>> power = torch.fft.rfft(sound)[0].abs().square()  # a bin is a hertz
    >>> bool(power[:1_000].sum() > 100 * power[5_000:].sum())
    True
    """
    seconds = torch.arange(samples) / sample_rate
    phases = 2 * math.pi * torch.rand(6, 1, generator=generator)
    harmonics = torch.arange(1, 7)[:, None]
    partials = 0.5**harmonics * torch.sin(2 * math.pi * 50 * harmonics * seconds + phases)
    hum = partials.sum(dim=0, keepdim=True)
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
    """An intermittent sound: descending, trembling sweeps of about a second, with silence between.
    Notebook: 09.

    A tone with three harmonics falls from 1,200 to 500 Hz, give or take a fifth, and trembles 12
    times a second.

    Returns
    -------
    Tensor, shape (1, samples), root mean square 0.1 over the whole

    Examples
    --------
    >>> sound = whinny(48_000, 16_000, torch.Generator().manual_seed(0))
    >>> bool((sound[0].unfold(0, 1_600, 1_600).abs().amax(dim=1) == 0).any())  # it pauses
    True
    """
    sound, length = torch.zeros(samples), sample_rate
    start = int(0.3 * sample_rate * torch.rand((), generator=generator))
    while start < samples:
        seconds = torch.arange(min(length, samples - start)) / sample_rate
        highest = 1200 * 1.2 ** (2 * torch.rand((), generator=generator).item() - 1)
        vibrato = 1 + 0.06 * torch.sin(2 * math.pi * 12 * seconds)
        frequency = highest * (5 / 12) ** seconds * vibrato
        phase = 2 * math.pi * frequency.cumsum(0) / sample_rate
        voice = sum(torch.sin(k * phase) / k for k in range(1, 5))
        fade = (seconds / 0.05).clamp(max=1) * ((length / sample_rate - seconds) / 0.2).clamp(0, 1)
        sound[start : start + len(seconds)] = voice * fade
        start += int(sample_rate * (1.4 + 0.8 * torch.rand((), generator=generator).item()))
    return rms_normalise(sound[None])


NOISES = {"white": white_noise, "room": room_tone, "whinny": whinny}
