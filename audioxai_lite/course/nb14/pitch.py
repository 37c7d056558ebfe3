"""Tones whose pitch is known, the bins on which it rests, and how often a pitch is found."""

from typing import Any

import librosa
import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...audio_model import AudioModel
from ...masks.cells import random_like
from ...recording import Recording
from ...sound.levels import mix_at_snr
from .networks import RATE, pitch_hertz

PITCH = 220.0
HARMONICS = range(1, 10)
NOISES = {"none": None, "10 dB softer": 10.0, "as loud": 0.0}
# A map must tell apart what lies one row of the grid, 7.8 Hz, apart.
DETAIL = 8.0
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


def pitch_sounds(hertz: float = PITCH, seed: int = 0) -> dict[str, Tensor]:
    """Five sounds of one pitch: three clean ones, and two with something beside it.

    They are named after what stands beside 220 Hz; for another pitch the whistle and the second
    voice move with it, and the noise is drawn by the seed.

    Examples
    --------
    >>> list(pitch_sounds())[0]
    'harmonic'
    """
    time = torch.arange(int(0.5 * RATE)) / RATE
    noise = torch.randn(1, len(time), generator=torch.Generator().manual_seed(seed))
    other = 0.1 * torch.sin(2 * torch.pi * (8.5 * hertz) * time)[None]
    voice = harmonic_tone(hertz)
    sounds = {
        "harmonic": voice,
        "without its fundamental": harmonic_tone(hertz, range(2, 10)),
        "harmonics 4 to 9 alone": harmonic_tone(hertz, range(4, 10)),
        COMPETITORS[0]: voice + other + 0.03 * noise,
        COMPETITORS[1]: voice + 0.5 * harmonic_tone(311.1 / PITCH * hertz),
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
    >>> model = AudioModel(lambda sounds: sounds.square().mean(dim=1), sample_rate=16_000)
    >>> cells = harmonic_cells(model.hear(harmonic_tone(220.0)))
    >>> cells[0, 0, :, 0].nonzero()[:6, 0].tolist()  # rows of 15.6 Hz, around 220 and 440 Hz
    [13, 14, 15, 27, 28, 29]
    """
    frequencies = recording.grid.frequencies
    width = float(frequencies[1] - frequencies[0])
    numbers = torch.tensor([round(hertz * number / width) for number in HARMONICS])
    near = (torch.arange(len(frequencies))[:, None] - numbers).abs().amin(dim=1) <= 1
    return near[:, None].float().expand_as(recording.values[0, 0])[None, None]


def power(recording: Recording) -> Tensor:
    """How loud each bin is, as power rather than decibels: what a map has to beat.

    Examples
    --------
    >>> model = AudioModel(lambda sounds: sounds.square().mean(dim=1), sample_rate=16_000)
    >>> recording = model.hear(harmonic_tone(220.0, range(1, 2)))
    >>> int(power(recording).sum(dim=3).argmax())  # rows of 15.6 Hz
    14
    """
    return 10 ** (recording.energy / 10)


def share_inside(attribution: Tensor, cells: Tensor) -> float:
    """The share of the positive attribution that lies in cells.

    Examples
    --------
    >>> share_inside(torch.tensor([3.0, 1.0, -5.0]), torch.tensor([1.0, 0.0, 1.0]))
    0.75
    """
    positive = attribution.clamp(min=0)
    return float((positive * cells).sum() / positive.sum())


def pitches_heard(recording: Recording, masks: Tensor) -> list[float]:
    """The pitch that the network hears in what each mask keeps, in hertz.

    Examples
    --------
    >>> def high_or_low(sounds):  # the last of the pitches, and the first in silence
    ...     return sounds.abs().amax(dim=1, keepdim=True).gt(0.01) * torch.arange(360.0)
    >>> recording = AudioModel(high_or_low, sample_rate=16_000).hear(harmonic_tone(220.0))
    >>> both = torch.cat([recording.values, 0 * recording.values])
    >>> [round(hertz) for hertz in pitches_heard(recording, both)]
    [2005, 32]
    """
    outputs = recording.outputs(recording.masked(masks))
    return [float(pitch_hertz()[number]) for number in outputs.argmax(dim=1)]


def fine_options(recording: Recording) -> dict[str, dict[str, Any]]:
    """What each method needs so that its cells are one row high, by the method's name.

    LIME and Shapley values get the rows below 2.5 kHz one by one, and all above them as one part.

    Examples
    --------
    >>> model = AudioModel(lambda sounds: sounds.square().mean(dim=1), sample_rate=16_000)
    >>> fine_options(model.hear(harmonic_tone(220.0)))["occlusion"]
    {'window': (1, 32), 'step': (1, 32)}
    """
    rows, columns = recording.values.shape[2:]
    numbers = torch.arange(rows).clamp(max=int(2_500 / float(recording.grid.frequencies[1])))
    segments = numbers[None, None, :, None].expand_as(recording.values)
    return {
        "integrated gradients": {"steps": 16},
        "occlusion": {"window": (1, columns), "step": (1, columns)},
        "RISE": {"cells": (rows, 1), "masks": 2_000},
        "LIME": {"segments": segments, "samples": 2_000},
        "Shapley values": {"segments": segments, "permutations": 4},
    }


def chance_masks(cells: Tensor, draws: int = 20) -> Tensor:
    """Random cells of three rows, of the area of what lies at the harmonics, (draws, 1, …).

    Examples
    --------
    >>> chance_masks(torch.ones(1, 1, 12, 32), draws=2).shape
    torch.Size([2, 1, 12, 32])
    """
    return torch.cat([random_like(cells, (3, 16), seed) for seed in range(draws)])


def stays_and_moves(recording: Recording, masks: Tensor, hertz: float = PITCH) -> dict[str, float]:
    """How often what masks keep has the pitch, and how often what they leave has another one.

    Parameters
    ----------
    recording : Recording
        Of CREPE.
    masks : Tensor, shape (masks, 1, frequency, time)
    hertz : float, default 220
        The pitch of the whole.

    Returns
    -------
    dict
        "stays" and "moves", shares of the masks, and "left", the median pitch of what they leave.

    Examples
    --------
    >>> def high_or_low(sounds):  # 2005 Hz, and 32 Hz in silence
    ...     return sounds.abs().amax(dim=1, keepdim=True).gt(0.01) * torch.arange(360.0)
    >>> recording = AudioModel(high_or_low, sample_rate=16_000).hear(harmonic_tone(220.0))
    >>> found = stays_and_moves(recording, recording.values, 2_005.0)
    >>> found["stays"], found["moves"], round(found["left"])
    (1.0, 1.0, 32)
    """
    kept = pitches_heard(recording, masks)
    left = pitches_heard(recording, 1 - masks)
    return {
        "stays": float(np.mean([_near(heard, hertz) for heard in kept])),
        "moves": float(np.mean([1 - _near(heard, hertz) for heard in left])),
        "left": float(np.median(left)),
    }


def pitch_accuracy(model: AudioModel, part: int, tones: int = 50) -> pd.DataFrame:
    """Whether CREPE, and pYIN, find the pitch of random tones in white noise within 50 cents.

    Parameters
    ----------
    model : AudioModel
        `networks.pitch_model()`.
    part : int
        Names the tones: another part has others.
    tones : int, default 50
        Pitches from 80 to 800 Hz, as likely in every octave, with 3 to 9 harmonics, each alone and
        in noise 10 dB softer and as loud. The first tones of a part are always the same.

    Returns
    -------
    DataFrame
        A row a tone and noise: noise, hertz, CREPE, pYIN (0 or 1; pYIN's answer is the median of
        the frames that it calls voiced, and no voiced frame is a miss).

    Examples
    --------
    >>> from .networks import pitch_model  # doctest: +SKIP
    >>> pitch_accuracy(pitch_model(), part=0, tones=1)["CREPE"].tolist()  # doctest: +SKIP
    [1.0, 1.0, 1.0]
    """
    random = np.random.default_rng(part)
    rows = []
    for _ in range(tones):
        hertz = float(np.exp(random.uniform(np.log(80), np.log(800))))
        tone = harmonic_tone(hertz, range(1, int(random.integers(3, 10)) + 1))
        noise = torch.from_numpy(random.normal(size=tone.shape)).float()
        for name, snr in NOISES.items():
            sound = tone if snr is None else mix_at_snr(tone, noise, snr)
            heard = float(pitch_hertz()[int(model.outputs(sound).argmax())])
            track, *_ = librosa.pyin(sound[0].numpy(), sr=RATE, fmin=60, fmax=1_000)
            voiced = track[np.isfinite(track)]
            by_pyin = float(np.median(voiced)) if len(voiced) else np.nan
            found = {"CREPE": _near(heard, hertz), "pYIN": _near(by_pyin, hertz)}
            rows.append({"noise": name, "hertz": hertz} | found)
    return pd.DataFrame(rows)


def _near(heard: float, hertz: float) -> float:
    """1 within 50 cents."""
    return float(abs(1_200 * np.log2(heard / hertz)) <= 50) if np.isfinite(heard) else 0.0
