"""Does a map lie along the right axes? What is moved in the sound must move in the map, as far and
along the same axis. Taught in notebook 14.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..inputs import as_floats, plain
from ..masks.rules import AXES
from ..sound.audio import as_waveform

PLACES = 5
ROUNDING = 1e-6  # of the largest value: less is no difference
CLEAR = 0.2  # the least correlation that says anything
AHEAD = 0.15  # and by how much it must lead
CLEAR_TONE = 0.5  # of tones: a map of few bands, Grad-CAM's say, agrees by chance more often


@dataclass(frozen=True)
class AxisTest:
    """How well maps agree once what was moved is moved back, along each axis; 1 is perfectly.

    Attributes
    ----------
    time : dict
        For a burst at five instants: the mean correlation of pairs of maps that were shifted along
        "time", "frequency" and "reversed time".
    frequency : dict
        For a tone at five frequencies: along "frequency", "time" and "reversed frequency".
    """

    time: dict[str, float]
    frequency: dict[str, float]

    @property
    def verdict(self) -> str:
        """ "right", "unclear", or what is wrong: "swapped" or "reversed".

        A burst is clear where its best axis reaches 0.2, a tone where it reaches 0.5, and leads by
        0.15. One that is clear and wrong is a fault.
        """
        by_burst, by_tone = _clear(self.time, CLEAR), _clear(self.frequency, CLEAR_TONE)
        for axis, wanted in ((by_burst, "time"), (by_tone, "frequency")):
            if axis not in ("unclear", wanted):
                return "reversed" if axis.startswith("reversed") else "swapped"
        known = _clear(self.frequency, CLEAR)
        return "right" if by_burst == "time" or known == "frequency" else "unclear"


def axis_test(
    mapped: Callable[[Tensor], Tensor], waveform: Tensor, grid: Any, seed: int = 0
) -> AxisTest:
    """Move a burst in time and a tone in frequency, and see where the map goes.

    Parameters
    ----------
    mapped : callable
        From a waveform, (1, samples), to a map, (1, 1, frequency, time): any method, of any model.
    waveform : Tensor, shape (1, samples)
        The burst is its loudest eighth, under a Hann window.
    grid : PowerStft or another front end
        The axes of the map.
    seed : int, default 0
        Of a faint noise (60 dB below) that fills what would be silence.

    Returns
    -------
    AxisTest

    Notebook: 14.

    Examples
    --------
    >>> from audioxai_lite.sound.spectrogram import LogStft
    >>> grid, noise = LogStft(hop_length=256), torch.randn(1, 16_000) / 10
    >>> axis_test(lambda sound: grid(sound).values, noise, grid).verdict
    'right'
    >>> def turned(sound):
    ...     values = grid(sound).values
    ...     return torch.nn.functional.interpolate(values.transpose(2, 3), values.shape[2:])
    >>> axis_test(turned, noise, grid).verdict
    'swapped'
    """
    waveform = as_floats(as_waveform(waveform), "waveforms", "1, samples")
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(waveform.shape, generator=generator)
    level = waveform.abs().max().clamp(min=1e-6)
    noise = noise * level / 1000
    bursts, starts = moved_bursts(waveform, grid.hop_length)
    by_burst = torch.cat([mapped(burst + noise) for burst in bursts])
    frames = [start // grid.hop_length for start in starts]
    tones, rows = moved_tones(waveform.shape[1], grid)
    by_tone = torch.cat([mapped(level / 2 * tone + noise) for tone in tones])
    return AxisTest(_agreements(by_burst, frames, "time"), _agreements(by_tone, rows, "frequency"))


def moved_bursts(waveform: Tensor, hop_length: int) -> tuple[list[Tensor], list[int]]:
    """The loudest eighth of a waveform at five instants, and the samples at which each starts.

    Examples
    --------
    >>> moved_bursts(torch.ones(1, 1_600), hop_length=10)[1]
    [0, 350, 700, 1050, 1400]
    """
    hop_length = plain(hop_length)
    waveform = as_floats(as_waveform(waveform), "waveforms", "1, samples")
    samples = waveform.shape[1]
    length = samples // 8
    power = waveform[0].square().cumsum(0)
    first = int((power[length:] - power[:-length]).argmax()) if samples > length else 0
    burst = waveform[:, first : first + length] * torch.hann_window(length)
    step = (samples - length) / (PLACES - 1)
    starts = [round(place * step / hop_length) * hop_length for place in range(PLACES)]
    starts = [min(start, samples - length) // hop_length * hop_length for start in starts]
    clips = []
    for start in starts:
        clip = torch.zeros_like(waveform)
        clip[:, start : start + length] = burst
        clips.append(clip)
    return clips, starts


def moved_tones(samples: int, grid: Any) -> tuple[list[Tensor], list[int]]:
    """Tones at the centres of five rows of a grid, and these rows.

    Examples
    --------
    >>> from audioxai_lite.sound.spectrogram import LogMel
    >>> moved_tones(8_000, LogMel())[1]
    [10, 21, 32, 42, 52]
    """
    samples = plain(samples)
    bands = len(grid.frequencies)
    rows = [round((place + 1) / (PLACES + 1) * (bands - 1)) for place in range(PLACES)]
    time = torch.arange(samples) / grid.sample_rate
    hertz = [float(grid.frequencies[row]) for row in rows]
    return [torch.sin(2 * torch.pi * each * time)[None] for each in hertz], rows


def _agreements(maps: Tensor, places: list[int], axis: str) -> dict[str, float]:
    """Mean correlation over pairs of maps, once the second is moved back, along each axis."""
    maps = as_floats(maps, "maps", AXES)
    size, maps = maps.abs().max(), (maps - maps.mean(dim=0))[:, 0]
    maps = torch.where(maps.abs().max() > ROUNDING * size, maps, 0.0)  # maps that never change
    bands, frames = maps.shape[1:]
    own, other = (2, 1) if axis == "time" else (1, 2)
    if maps.shape[own] < PLACES:
        return {axis: 0.0}
    ratio = maps.shape[other] / maps.shape[own]
    found: dict[str, list[float]] = {}
    for i, j in itertools.combinations(range(len(maps)), 2):
        lag = places[j] - places[i]
        if lag == 0:
            continue
        pair = maps[i], maps[j]
        across = "frequency" if axis == "time" else "time"
        found.setdefault(axis, []).append(_shifted(pair, lag, own - 1))
        found.setdefault(f"reversed {axis}", []).append(_shifted(pair[::-1], lag, own - 1))
        if maps.shape[other] >= PLACES:
            there = round(lag * ratio)
            both = [_shifted(each, there, other - 1) for each in (pair, pair[::-1])]
            found.setdefault(across, []).append(max(both))
    return {name: sum(each) / len(each) for name, each in found.items()}


def _shifted(pair: tuple[Tensor, ...], lag: int, axis: int) -> float:
    """The correlation of the first map, moved forwards by a lag, with the second."""
    first, second = pair
    length = first.shape[axis] - lag
    if length < 1:
        return 0.0
    a, b = first.narrow(axis, 0, length).flatten(), second.narrow(axis, lag, length).flatten()
    a, b = a - a.mean(), b - b.mean()
    size = a.norm() * b.norm()
    return float(a @ b / size) if size > 0 else 0.0


def _clear(agreements: dict[str, float], least: float) -> str:
    """The axis along which maps agree best, or "unclear"."""
    ranked = sorted(agreements, key=lambda axis: -agreements[axis])
    best = agreements[ranked[0]]
    second = agreements[ranked[1]] if len(ranked) > 1 else 0.0
    return ranked[0] if best > least and best - second > AHEAD else "unclear"
