"""How close a resynthesised sound is to its original. Taught in notebook 01."""

import torch
from torch import Tensor

from ..inputs import as_numbers, check_finite, plain
from .audio import as_waveform
from .levels import TINY, decibels_to_power, power_to_decibels
from .spectrogram import LogMel, Spectrogram


def si_sdr(estimate: Tensor, reference: Tensor) -> Tensor:
    """Scale-invariant signal-to-distortion ratio, in decibels. Higher is better; silence of the
    reference gives NaN, of the estimate alone minus infinity.

    Parameters
    ----------
    estimate, reference : Tensor, shape (batch, samples)

    Returns
    -------
    Tensor, shape (batch,), float64
        About 0 dB when the error is as strong as the signal, 120 and more when only float32
        rounding differs.

    Source: Le Roux et al. 2019, "SDR – half-baked or well done?", equation 2. Notebook: 01.

    Examples
    --------
    >>> tone = torch.sin(torch.arange(1000.0))[None]
    >>> noisy = tone + 0.1 * torch.cos(torch.arange(1000.0))[None]
    >>> si_sdr(3 * noisy, tone).round().tolist()  # louder is not worse
    [20.0]
    """
    estimate, reference = (_sound(sound, torch.float64) for sound in (estimate, reference))
    energy = reference.square().sum(dim=-1, keepdim=True)
    target = (estimate * reference).sum(dim=-1, keepdim=True) / energy * reference
    distortion = (target - estimate).square().sum(dim=-1).clamp(min=TINY)
    return 10 * torch.log10(target.square().sum(dim=-1) / distortion)


def log_spectral_distance(
    estimate: Tensor, reference: Tensor, n_fft: int = 1024, floor: float = -80.0
) -> Tensor:
    """Root mean square difference of two power spectra in decibels, averaged over frames. Lower is
    better; 0 at best. Silence of the reference gives NaN.

    It ignores the phase, and follows the ear in that quiet parts count as much as loud ones.

    Parameters
    ----------
    estimate, reference : Tensor, shape (batch, samples)
    n_fft : int, default 1024
        Hann window, in samples; frames step by a quarter of it.
    floor : float, default -80
        Level below the reference's loudest bin under which both count as silent, in decibels.

    Returns
    -------
    Tensor, shape (batch,)

    Source: Gray & Markel 1976, "Distance measures for speech processing", the L2 case. Notebook:
    01.

    Examples
    --------
    >>> noise = torch.randn(1, 8000)
    >>> log_spectral_distance(noise, noise).tolist()
    [0.0]
    """
    n_fft = plain(n_fft)
    window = torch.hann_window(n_fft)
    spectra = [
        torch.stft(_sound(sound), n_fft, n_fft // 4, window=window, return_complex=True)
        for sound in (estimate, reference)
    ]
    power = torch.stack(spectra).abs().square()
    loudest = power[1].amax(dim=(-2, -1), keepdim=True)
    estimated, wanted = power_to_decibels(power / torch.where(loudest > 0, loudest, 1.0), floor)
    distance = (estimated - wanted).square().mean(dim=-2).sqrt().mean(dim=-1)
    return torch.where(loudest[..., 0, 0] > 0, distance, torch.nan)


def mel_consistency(
    power: Tensor, spectrogram: Spectrogram, feature: LogMel
) -> tuple[Tensor, Tensor]:
    """How far an inverted power spectrogram, put through the mel bands again, is from the mel
    spectrogram it came from.

    Parameters
    ----------
    power : Tensor, shape (batch, 1, n_fft // 2 + 1, time)
        From `feature.to_power(spectrogram)`.
    spectrogram : Spectrogram
        The mel spectrogram, decibels.
    feature : LogMel

    Returns
    -------
    relative_error : Tensor, shape (batch,)
        ‖mel again − mel‖ / ‖mel‖ over the power values; ruled by the loudest bands. 0 at best; NaN
        of silence.
    decibel_error : Tensor, shape (batch,)
        Root mean square difference in decibels, all bands alike. 0 at best.

    Notebook: 01, "Ways back from mel".

    Examples
    --------
    >>> from audioxai_lite.sound.spectrogram import PowerStft
    >>> mel, sound = LogMel(), torch.randn(1, 16_000)
    >>> true_power = PowerStft()(sound).values
    >>> relative_error, decibel_error = mel_consistency(true_power, mel(sound), mel)
    >>> bool(relative_error < 1e-4), bool(decibel_error < 0.01)
    (True, True)
    """
    power = as_numbers(power, "power", "batch, 1, frequency, time")
    wanted = decibels_to_power(spectrogram.values) * spectrogram.reference
    reached = feature.to_mel(power)
    relative_error = (reached - wanted).flatten(1).norm(dim=1) / wanted.flatten(1).norm(dim=1)
    decibels = power_to_decibels(reached / spectrogram.reference, feature.floor)
    difference = decibels - spectrogram.values
    return relative_error, difference.flatten(1).square().mean(dim=1).sqrt()


def _sound(waveform: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """A waveform without NaN and infinity."""
    sound = as_waveform(waveform, dtype)
    check_finite(sound, "waveforms")
    return sound
