"""What of a change can be heard beside a sound: a simple model of simultaneous masking. Taught in
notebook 10.

Loud sound hides soft sound near it in frequency, and what is softer than the threshold in quiet is
not heard at all. Frames last 32 ms and overlap by half; bands are the ear's critical bands. What
the model leaves out is on the safe side, but for two things. A change a little before a sudden
loud sound, inside whose frame it lies, may be heard. And noise is taken to hide noise as it hides a
tone; some have measured that it hides wide noise only 26 dB below itself (Painter & Spanias 2000).
"""

import numpy as np
import torch
from torch import Tensor

from ..inputs import as_floats, as_numbers, check_finite, plain
from .audio import as_waveform
from .levels import TINY

EDGES = (
    *(0, 100, 200, 300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720, 2000, 2320, 2700),
    *(3150, 3700, 4400, 5300, 6400, 7700, 9500, 12000, 15500),
)
"""Of the critical bands, in hertz: Zwicker 1961, "Subdivision of the audible frequency range"."""

FULL_SCALE = 90.0
"""Decibels of sound pressure at which a sine of amplitude 1 is played: loud headphones."""

FRAME = 0.032  # seconds

QUIET: dict[float, float] = {
    **{20: 78.5, 25: 68.7, 31.5: 59.5, 40: 51.1, 50: 44.0, 63: 37.5, 80: 31.5, 100: 26.5},
    **{125: 22.1, 160: 17.9, 200: 14.4, 250: 11.4, 315: 8.6, 400: 6.2, 500: 4.4, 630: 3.0},
    **{800: 2.2, 1000: 2.4, 1250: 3.5, 1600: 1.7, 2000: -1.3, 2500: -4.2, 3150: -6.0},
    **{4000: -5.4, 5000: -1.5, 6300: 6.0, 8000: 12.6, 10000: 13.9, 12500: 12.3},
}
NOISE_FLATNESS, TONE_FLATNESS = -3.0, -25.0  # dB of a band's bins, in frames of 128 ms


def threshold_in_quiet(hertz: Tensor) -> Tensor:
    """The softest tone that young ears hear where nothing else sounds, in decibels of sound
    pressure; any shape. Below 20 and above 12 500 Hz as there.

    Source: ISO 226:2003, threshold of hearing in a free field; between its values along the
    logarithm of the frequency. Notebook: 10.

    Examples
    --------
    >>> threshold_in_quiet(torch.tensor([100.0, 1000.0, 3150.0])).tolist()  # best at 3 kHz
    [26.5, 2.4000000953674316, -6.0]
    """
    known = np.log([*QUIET])
    asked = np.log(as_floats(hertz, "frequencies").double().numpy().clip(20.0, 12_500.0))
    return torch.from_numpy(np.interp(asked, known, [*QUIET.values()])).float()


def spread_of_masking(bands: Tensor) -> Tensor:
    """How far masking falls, in decibels, so many critical bands above a masker (below it:
    negative); any shape.

    Source: Schroeder, Atal & Hall 1979, "Optimizing digital speech coders by exploiting masking
    properties of the human ear", equation 6. Notebook: 10.

    Examples
    --------
    >>> spread_of_masking(torch.tensor([-2.0, -1.0, 1.0, 2.0])).round().tolist()  # wider upwards
    [-28.0, -8.0, -4.0, -12.0]
    """
    shifted = as_numbers(bands, "bands") + 0.474
    return 15.81 + 7.5 * shifted - 17.5 * (1 + shifted.square()).sqrt()


def band_powers(waveform: Tensor, sample_rate: int = 16_000, frames: int = 1) -> Tensor:
    """The power in every critical band and frame, over that of a sine of amplitude 1.

    Parameters
    ----------
    waveform : Tensor, shape (batch, samples)
    sample_rate : int, default 16 000
        In hertz.
    frames : int, default 1
        Frames so many times as long, at the same moments.

    Returns
    -------
    Tensor, shape (batch, bands, 1 + samples // hop)
        Of the bands that begin below half the sample rate: 22 at 16 kHz. Differentiable.

    Notebook: 10.

    Examples
    --------
    >>> tone = torch.sin(2 * torch.pi * 1000 * torch.arange(16_000) / 16_000)[None]
    >>> powers = band_powers(tone)[0, :, 10]
    >>> int(powers.argmax()), round(powers.sum().item(), 2)  # the ninth band
    (8, 1.0)
    """
    power, of_band = _power(waveform, sample_rate, frames)
    return torch.einsum("zk,bkt->bzt", of_band, power)


def masking_threshold(
    waveform: Tensor, sample_rate: int = 16_000, full_scale: float = FULL_SCALE
) -> Tensor:
    """The power below which nothing more is heard beside a sound, in every critical band and frame.

    Each band masks its neighbours by `spread_of_masking`, a tone 14.5 dB and its band's number
    below itself, noise 5.5 dB below; what lies between is told by the flatness of the band's
    spectrum. Of several maskers the strongest counts, and never less than the threshold in quiet.

    Parameters
    ----------
    waveform : Tensor, shape (batch, samples)
    sample_rate : int, default 16 000
    full_scale : float, default 90
        See `FULL_SCALE`. Who listens louder hears more.

    Returns
    -------
    Tensor, shape (batch, bands, 1 + samples // hop)
        As in `band_powers`.

    Source: Johnston 1988, "Transform coding of audio signals using perceptual noise criteria"
    (offsets; there tonality is that of a whole frame, and maskers add). Notebook: 10.

    Examples
    --------
    >>> tone = torch.sin(2 * torch.pi * 1000 * torch.arange(16_000) / 16_000)[None]
    >>> threshold = 10 * masking_threshold(tone)[0, :, 20].log10()
    >>> round(threshold[8].item()), round(threshold[9].item())  # its band, and the next
    (-24, -28)
    """
    sample_rate, full_scale = plain(sample_rate), plain(full_scale)
    waveform = as_waveform(waveform)
    powers = band_powers(waveform, sample_rate)
    number = torch.arange(powers.shape[1])
    tonality = tonality_of_bands(waveform, sample_rate)
    offset = 5.5 + tonality * (9 + number[:, None] + 1)
    spread = spread_of_masking((number[:, None] - number).float())
    masking = powers * _power_of(-offset)
    masked = (masking[:, None] * _power_of(spread)[None, :, :, None]).amax(dim=2)
    return torch.maximum(masked, _quiet(sample_rate, full_scale)[:, None])


def tonality_of_bands(waveform: Tensor, sample_rate: int = 16_000) -> Tensor:
    """How much each critical band is a tone, from 0 (noise) to 1, by how flat its spectrum is in
    frames of 128 ms: (batch, bands, frames).

    Source: Johnston 1988, equation 5, there of whole frames. Notebook: 10.

    Examples
    --------
    >>> tone = torch.sin(2 * torch.pi * 1000 * torch.arange(16_000) / 16_000)[None]
    >>> noise = torch.randn(1, 16_000, generator=torch.Generator().manual_seed(0))
    >>> [round(tonality_of_bands(sound)[0, 8, 30].item(), 1) for sound in (tone, noise)]
    [1.0, 0.0]
    """
    power, of_band = _power(waveform, sample_rate, frames=4)
    share = of_band / of_band.sum(dim=1, keepdim=True)
    power = power.clamp(min=TINY)
    arithmetic = torch.einsum("zk,bkt->bzt", share, power).log10()
    geometric = torch.einsum("zk,bkt->bzt", share, power.log10())
    flatness = 10 * (geometric - arithmetic)
    return ((flatness - NOISE_FLATNESS) / (TONE_FLATNESS - NOISE_FLATNESS)).clamp(0, 1)


def noise_to_mask(
    change: Tensor, waveform: Tensor, sample_rate: int = 16_000, full_scale: float = FULL_SCALE
) -> Tensor:
    """How far a change lies above what a sound hides, in decibels, in every critical band and
    frame. Below 0 it should not be heard.

    Parameters
    ----------
    change, waveform : Tensor, shape (batch, samples)
        What is added, and the sound that it is added to.
    sample_rate, full_scale
        See `masking_threshold`.

    Returns
    -------
    Tensor, shape (batch, bands, 1 + samples // hop)

    Raises
    ------
    ValueError
        If the two do not have one shape.

    Source: Brandenburg 1987, "Evaluation of quality for audio encoding at low bit rates", the
    noise-to-mask ratio. Notebook: 10.

    Examples
    --------
    >>> noise = torch.randn(1, 16_000, generator=torch.Generator().manual_seed(0)) / 10
    >>> [noise_to_mask(share * noise, noise).max().item() > 0 for share in (0.1, 1.0)]
    [False, True]
    """
    change, waveform = as_waveform(change), as_waveform(waveform)
    if change.shape != waveform.shape:
        shapes = f"{tuple(change.shape)} and {tuple(waveform.shape)}"
        raise ValueError(f"a change has the shape of the sound it is added to; these are {shapes}")
    powers = band_powers(change, sample_rate).clamp(min=TINY)
    return 10 * (powers / masking_threshold(waveform, sample_rate, full_scale)).log10()


def _power(waveform: Tensor, sample_rate: int, frames: int) -> tuple[Tensor, Tensor]:
    """The power of every bin and frame, (batch, bins, frames), and which bins each band has."""
    sample_rate, frames = plain(sample_rate), plain(frames)
    waveform = as_waveform(waveform)
    check_finite(waveform, "waveforms")
    samples = 2 * round(FRAME * sample_rate / 2)
    length, hop = frames * samples, samples // 2
    window = torch.hann_window(length)
    spectrum = torch.stft(
        *(waveform, length, hop), window=window, pad_mode="constant", return_complex=True
    )
    power = spectrum.abs().square() * 4 / (length * window.square().sum())
    return power, torch.nn.functional.one_hot(band_of_bins(length, sample_rate)).T.float()


def band_of_bins(length: int, sample_rate: int = 16_000) -> Tensor:
    """The critical band of each bin of a Fourier transform so many samples long, counted from 0:
    (1 + length // 2,).

    Examples
    --------
    >>> band_of_bins(160).tolist()[:6]  # bins of 100 Hz
    [0, 1, 2, 3, 4, 4]
    """
    length, sample_rate = plain(length), plain(sample_rate)
    hertz = torch.arange(length // 2 + 1) * sample_rate / length
    edges = torch.tensor([edge for edge in EDGES if edge < sample_rate / 2])
    return torch.bucketize(hertz, edges, right=True) - 1


def _quiet(sample_rate: int, full_scale: float) -> Tensor:
    """The threshold in quiet where each band hears best, as a power over full scale: (bands,)."""
    edges = [edge for edge in EDGES if edge < sample_rate / 2] + [sample_rate / 2]
    best = [
        threshold_in_quiet(torch.linspace(low, high, 50)).min()
        for low, high in zip(edges[:-1], edges[1:], strict=True)
    ]
    return _power_of(torch.stack(best) - full_scale)


def _power_of(decibels: Tensor) -> Tensor:
    return torch.pow(10.0, decibels / 10)
