"""Tones whose pitch is known, the bins on which it rests, and how often a pitch is found."""

import librosa
import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...audio_model import AudioModel
from ...evaluation.statistics import bootstrap_draws
from ...recording import Recording
from ...sound.levels import mix_at_snr
from .networks import RATE, pitch_hertz

PITCH = 220.0
HARMONICS = range(1, 10)
COMPETITORS = ("in noise, beside 1870 Hz", "beside a softer 311 Hz")


def harmonic_tone(
    hertz: float, harmonics: range | tuple = HARMONICS, seconds: float = 0.5
) -> Tensor:
    """A tone of harmonics that fall with the root of their number, (1, samples).

    Examples
    --------
    >>> harmonic_tone(220.0).shape
    torch.Size([1, 8000])
    """
    time = torch.arange(int(seconds * RATE)) / RATE
    parts = [
        torch.sin(2 * torch.pi * hertz * number * time + number) / number**0.5
        for number in harmonics
    ]
    return 0.1 * torch.stack(parts).sum(dim=0)[None]


def pitch_sounds() -> dict[str, Tensor]:
    """Five sounds of 220 Hz: three clean ones, and two with something beside it.

    Examples
    --------
    >>> list(pitch_sounds())[0]
    'harmonic'
    """
    time = torch.arange(int(0.5 * RATE)) / RATE
    noise = torch.randn(1, len(time), generator=torch.Generator().manual_seed(0))
    other = 0.1 * torch.sin(2 * torch.pi * 1_870 * time)[None]
    sounds = {
        "harmonic": harmonic_tone(PITCH),
        "without its fundamental": harmonic_tone(PITCH, range(2, 10)),
        "harmonics 4 to 9 alone": harmonic_tone(PITCH, range(4, 10)),
        COMPETITORS[0]: harmonic_tone(PITCH) + other + 0.03 * noise,
        COMPETITORS[1]: harmonic_tone(PITCH) + 0.5 * harmonic_tone(311.1),
    }
    return {name: 0.5 * sound / sound.abs().max() for name, sound in sounds.items()}


def pitch_bin(hertz: float) -> int:
    """The number of CREPE's bin for a pitch.

    Examples
    --------
    >>> pitch_bin(31.7)
    0
    """
    return int(np.abs(np.log(pitch_hertz() / hertz)).argmin())


def harmonic_cells(recording: Recording, hertz: float = PITCH) -> Tensor:
    """The bins within one of a harmonic, as a mask, (1, 1, frequency, time).

    Examples
    --------
    >>> from .networks import pitch_model  # doctest: +SKIP
    """
    frequencies = recording.grid.frequencies
    width = float(frequencies[1] - frequencies[0])
    numbers = torch.tensor([round(hertz * number / width) for number in HARMONICS])
    near = (torch.arange(len(frequencies))[:, None] - numbers).abs().amin(dim=1) <= 1
    return near[:, None].float().expand_as(recording.values[0, 0])[None, None]


def share_inside(attribution: Tensor, cells: Tensor) -> float:
    """The share of the positive attribution that lies in cells.

    Examples
    --------
    >>> share_inside(torch.tensor([3.0, 1.0, -5.0]), torch.tensor([1.0, 0.0, 1.0]))
    0.75
    """
    positive = attribution.clamp(min=0)
    return float((positive * cells).sum() / positive.sum())


def pitches_heard(model: AudioModel, recording: Recording, masks: Tensor) -> list[float]:
    """The pitch that the network hears in what each mask keeps, in hertz.

    Examples
    --------
    >>> from .networks import pitch_model  # doctest: +SKIP
    """
    outputs = recording.outputs(recording.masked(masks))
    return [float(pitch_hertz()[number]) for number in outputs.argmax(dim=1)]


def pitch_accuracy(
    model: AudioModel, snrs: tuple[float, ...], tones: int = 24, seed: int = 0
) -> pd.DataFrame:
    """Whether CREPE, and pYIN, find the pitch of random tones in white noise to half a semitone.

    Parameters
    ----------
    model : AudioModel
        `networks.pitch_model()`.
    snrs : tuple of float
        In decibels; infinite for none.
    tones : int, default 24
        Pitches from 80 to 800 Hz, as likely in every octave, with 3 to 9 harmonics.
    seed : int, default 0

    Returns
    -------
    DataFrame
        A row a tone and ratio: snr, hertz, CREPE, pYIN (0 or 1).

    Examples
    --------
    >>> from .networks import pitch_model  # doctest: +SKIP
    >>> pitch_accuracy(pitch_model(), (np.inf,), tones=1)["CREPE"].item()  # doctest: +SKIP
    1.0
    """
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(tones):
        hertz = float(np.exp(random.uniform(np.log(80), np.log(800))))
        tone = harmonic_tone(hertz, range(1, int(random.integers(3, 10)) + 1))
        noise = torch.from_numpy(random.normal(size=tone.shape)).float()
        for snr in snrs:
            sound = tone if np.isinf(snr) else mix_at_snr(tone, noise, snr)
            heard = float(pitch_hertz()[int(model.outputs(sound).argmax())])
            track, *_ = librosa.pyin(sound[0].numpy(), sr=RATE, fmin=60, fmax=1_000)
            by_pyin = float(np.nanmedian(track)) if np.isfinite(track).any() else np.nan
            found = {
                name: _near(each, hertz) for name, each in {"CREPE": heard, "pYIN": by_pyin}.items()
            }
            rows.append({"snr": snr, "hertz": hertz} | found)
    return pd.DataFrame(rows)


def paired_interval(differences: np.ndarray) -> tuple[float, float, float]:
    """The mean of paired differences, and the ends of its 95 % interval over tones.

    Examples
    --------
    >>> mean, low, high = paired_interval(np.array([0.0, 1.0, 1.0, 0.0]))
    >>> low <= mean <= high
    True
    """
    means = differences[bootstrap_draws(len(differences))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(differences.mean()), float(low), float(high)


def _near(heard: float, hertz: float) -> float:
    """1 within 50 cents."""
    return float(abs(1_200 * np.log2(heard / hertz)) <= 50) if np.isfinite(heard) else 0.0
