"""Ten synthesised classes of everyday sound with ESC-10's names; each clip knows its event,
background and truth.

Every sound is computed from its physics (a source, its resonances, a room, a distance) and nothing
is recorded, so a clip knows what no recording does: where its event sounds, and what it would be
without it.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
import torch
from numpy.random import Generator
from scipy.fft import irfft, next_fast_len, rfft, rfftfreq
from scipy.interpolate import PchipInterpolator

from audioxai_lite.datasets.clips import Clip, Dataset, Event

FOLDS = 5
SNR = (0.0, 24.0)
"""Range of the event's level over the background's, in dB: A-weighted power, the event's taken while it sounds."""

Sounds = list[tuple[np.ndarray, float]]
"""The sounds of a clip in their order, each with the silence that follows it, in seconds."""


def load(
    clips_per_class_and_fold: int = 8,
    seconds: float = 5.0,
    sample_rate: int = 16_000,
    seed: int = 0,
) -> Dataset:
    """A synthesised counterpart of ESC-10: ten classes in five folds, 400 clips by default, nothing
    to download.

    A clip is one or several events of its class over a background of coloured noise, some with hum
    and with faint distant sounds that belong to no class. Pitch, rate, number, spectrum, room,
    distance and level differ from clip to clip; the level of the event over the background lies
    between the two values of `SNR`. A clip depends on `seconds`, `sample_rate` and `seed` and on
    its own class, fold and number, not on which others are made, nor how many.

    Parameters
    ----------
    clips_per_class_and_fold : int, default 8
        From 1 to 9999.
    seconds : float, default 5.0
        Length of each clip, at least 2 s.
    sample_rate : int, default 16000
        In hertz, at least 8000.
    seed : int, default 0
        From 0. Another seed gives other clips.

    Returns
    -------
    Dataset
        Its table has name (ESC-50's scheme `{fold}-{source}-{take}-{ESC-50's class number}`),
        label, target (0 to 9) and fold (1 to 5). A clip's peak is at most 1. Its `events` include
        what is heard of the room's answer; its `twin` is the background alone at the same gain,
        equal to the waveform outside the events.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Notebook: 00 and 01.

    Examples
    --------
    >>> clips = load(clips_per_class_and_fold=1)
    >>> len(clips), clips[0].waveform.shape
    (50, torch.Size([1, 80000]))
    """
    if not 1 <= clips_per_class_and_fold <= 9999:
        raise ValueError(
            f"clips_per_class_and_fold is {clips_per_class_and_fold}; it goes from 1 to 9999"
        )
    if not seconds >= 2.0:
        raise ValueError(f"seconds is {seconds}; an event and its surroundings need at least 2 s")
    if not sample_rate >= 8000:
        raise ValueError(
            f"sample_rate is {sample_rate} Hz; below 8000 Hz too little of these sounds is left"
        )
    if seed < 0:
        raise ValueError(f"seed is {seed}; it starts from 0")
    table = pd.DataFrame(
        {
            "name": f"{fold}-{fold}{target}{number:04d}-A-{esc50}",
            "label": label,
            "target": target,
            "fold": fold,
        }
        for target, (label, (esc50, _)) in enumerate(CLASSES.items())
        for fold in range(1, FOLDS + 1)
        for number in range(clips_per_class_and_fold)
    )

    def make(row: pd.Series) -> Clip:
        number = int(row["name"].split("-")[1][2:])
        rng = np.random.default_rng([seed, int(row["target"]), int(row["fold"]), number])
        waveform, twin, spans = _clip(
            rng, CLASSES[row["label"]][1], round(seconds * sample_rate), sample_rate
        )
        return Clip(
            waveform=torch.from_numpy(waveform[None]),
            sample_rate=sample_rate,
            name=row["name"],
            label=row["label"],
            target=int(row["target"]),
            fold=int(row["fold"]),
            events=tuple(
                Event(start / sample_rate, end / sample_rate, row["label"]) for start, end in spans
            ),
            twin=torch.from_numpy(twin[None]),
        )

    return Dataset("environment", tuple(CLASSES), sample_rate, table, make)


def write(dataset: Dataset, folder: str | os.PathLike) -> None:
    """Write the clips in ESC-50's folder layout, for any program that reads ESC-50; all of them or
    nothing.

    Makes `audio/{name}.wav` (16 bits, mono) and `meta/esc50.csv` with ESC-50's columns filename,
    fold, target (ESC-50's class number), category, esc10, src_file and take. Events and twins have
    no place in that layout: `load` gives them.

    Parameters
    ----------
    dataset : Dataset
        From `load`, or a selection of it.
    folder : path
        Must not exist yet.

    Raises
    ------
    ValueError
        If the data set is another one.
    FileExistsError
        If the folder exists.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(load(clips_per_class_and_fold=1).select(label="dog", fold=1), Path(folder, "mine"))
    ...     sorted(file.name for file in Path(folder, "mine").rglob("*.*"))
    ['1-100000-A-0.wav', 'esc50.csv']
    """
    folder = Path(folder)
    if dataset.name != "environment":
        raise ValueError(
            f"only the environment data set has ESC-50's names and folders, not {dataset.name!r}"
        )
    if folder.exists():
        raise FileExistsError(
            f"{folder} exists already; name a new folder, or remove this one first"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    names = dataset.table["name"].str.split("-", expand=True)
    meta = pd.DataFrame(
        {
            "filename": dataset.table["name"] + ".wav",
            "fold": dataset.table["fold"],
            "target": names[3],
            "category": dataset.table["label"],
            "esc10": True,
            "src_file": names[1],
            "take": names[2],
        }
    )
    # Beside the folder, thus on the same disk: the last step is a renaming, which happens wholly or
    # not at all.
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".environment-") as temporary:
        partial = Path(temporary) / "partial"
        (partial / "audio").mkdir(parents=True)
        (partial / "meta").mkdir()
        for clip in dataset:
            file = partial / "audio" / f"{clip.name}.wav"
            soundfile.write(file, clip.waveform[0].numpy(), clip.sample_rate, "PCM_16")
        meta.to_csv(partial / "meta" / "esc50.csv", index=False)
        os.replace(partial, folder)


def _clip(
    rng: Generator, sounds_of: Callable, n: int, rate: int
) -> tuple[np.ndarray, np.ndarray, list]:
    """One clip: (waveform, background alone, [(first sample, sample after the last) of each
    event]).
    """
    tail = round(_log_uniform(rng, 0.02, 0.25) * rate)
    event, spans = _lay_out(rng, sounds_of(rng, rate, n / rate), n, tail, rate)
    event = _room_and_distance(rng, event, rate, tail)
    sounding = np.zeros(n, bool)
    for start, end in spans:
        sounding[start:end] = True
    event[~sounding] = 0.0  # the rounding errors of the transforms
    background = _background(rng, n, rate)
    ratio = (
        _a_weighted_energy(event, rate)
        / sounding.sum()
        / (_a_weighted_energy(background, rate) / n)
    )
    event *= np.sqrt(10 ** (rng.uniform(*SNR) / 10) / ratio)
    waveform = background + event
    gain = rng.uniform(0.3, 0.99) / max(np.abs(waveform).max(), np.abs(background).max())
    return (gain * waveform).astype(np.float32), (gain * background).astype(np.float32), spans


def _lay_out(
    rng: Generator, sounds: Sounds, n: int, tail: int, rate: int
) -> tuple[np.ndarray, list]:
    """Put the sounds one after the other, from a random start, as many as fit; spans include the
    tail.
    """
    placed: list[tuple[int, np.ndarray]] = []
    position = 0
    for sound, gap in sounds:
        if placed and position + len(sound) + tail > n:
            break
        placed.append((position, sound))
        position += len(sound) + round(gap * rate)
    used = placed[-1][0] + len(placed[-1][1]) + tail
    offset = rng.integers(0, n - used + 1)
    wave = np.zeros(n)
    spans: list[tuple[int, int]] = []
    for position, sound in placed:
        start, end = int(offset + position), int(offset + position + len(sound))
        wave[start:end] += sound * _decibels(rng.uniform(-2, 2))
        if spans and start <= spans[-1][1]:
            start = spans.pop()[0]
        spans.append((start, end + tail))
    return wave, spans


def _room_and_distance(rng: Generator, wave: np.ndarray, rate: int, tail: int) -> np.ndarray:
    """Colour by reflections, which fall by 30 dB over the tail, and by the air, which damps the
    treble.
    """
    answer = rng.standard_normal(tail) * 10 ** (-1.5 * np.arange(tail) / tail)
    answer *= _decibels(rng.uniform(-24, -4)) / np.sqrt((answer**2).sum())
    answer[0] = 1.0
    size = next_fast_len(len(wave) + tail, real=True)
    air = 1 / (1 + 1j * rfftfreq(size, 1 / rate) / _log_uniform(rng, 1500, 12_000))
    return irfft(rfft(wave, size) * rfft(answer, size) * air, size)[: len(wave)]


def _background(rng: Generator, n: int, rate: int) -> np.ndarray:
    """Coloured noise with slow gusts, some with mains hum, and up to four distant thuds, clicks,
    calls or rushes.
    """
    wave = _noise(rng, n, rate, rng.uniform(-9, -1), 40) * _decibels(
        rng.uniform(0, 5) * _wander(rng, n, 1.0, rate)
    )
    if rng.random() < 0.35:
        hum = _harmonics(np.full(n, rng.choice([50.0, 60.0])), rate, rng.uniform(0.5, 0.85))
        wave += hum * _decibels(rng.uniform(-18, -3))
    for _ in range(rng.integers(0, 5)):
        size = round(_log_uniform(rng, 0.03, 0.8) * rate)
        pitch = _log_uniform(rng, 200, 1200) * _curve(size, rng.uniform(0.8, 1.25, 3))
        low = _log_uniform(rng, 75, 2000)
        sound = (
            _harmonics(pitch, rate, 0.3)
            if rng.random() < 0.4
            else _noise(rng, size, rate, 0, low, 4 * low)
        )
        sound = (
            sound
            * _fade(size, rng.uniform(0.02, 0.4), rng.uniform(0.4, 0.95))
            * _decibels(rng.uniform(-15, 3))
        )
        start = rng.integers(0, n - size)
        wave[start : start + size] += sound
    return wave


# The ten classes. Each function makes the dry sounds of one clip; what is drawn before its loop
# belongs to the animal
# or machine, what is drawn inside differs from one bark, cry or tick to the next.


def _dog(rng: Generator, rate: int, seconds: float) -> Sounds:
    """Barks: a harmonic burst whose pitch arches up and falls, through the formants of a muzzle,
    with rough breath.
    """
    size = _log_uniform(
        rng, 0.6, 1.7
    )  # of a small dog to that of a large one: a large one barks low
    length, gap, breath = (
        rng.uniform(0.09, 0.24),
        _log_uniform(rng, 0.08, 0.9),
        rng.uniform(0.1, 0.7),
    )
    sounds = []
    for _ in range(rng.integers(1, 8)):
        n = round(length * rng.uniform(0.8, 1.25) * rate)
        pitch = 480 / size * rng.uniform(0.9, 1.1) * _curve(n, [0.75, 1.15, 1.0, 0.6])
        bark = _voice(
            rng,
            pitch,
            rate,
            [(650 / size, 250), (1300 / size, 350), (2700 / size, 700)],
            breath,
            0.75,
        )
        sounds.append((bark * _fade(n, 0.12, 0.65), gap * rng.uniform(0.6, 1.8)))
    return sounds


def _rooster(rng: Generator, rate: int, seconds: float) -> Sounds:
    """A crow: two to four short syllables and a long one that rises, holds and sinks, all rich in
    harmonics.
    """
    base, spread, breath = (
        _log_uniform(rng, 430, 900),
        rng.uniform(1.1, 1.5),
        rng.uniform(0.05, 0.35),
    )
    short = rng.uniform(0.1, 0.22, rng.integers(2, 5))
    lengths = np.append(short, rng.uniform(0.4, 1.1))
    lengths *= min(1.0, 0.7 * seconds / lengths.sum())
    formants = [(_log_uniform(rng, 900, 1500), 500), (_log_uniform(rng, 2200, 3400), 700)]
    crow = []
    for position, length in enumerate(lengths):
        n, last = round(length * rate), position == len(short)
        contour = [0.9, spread, spread, 0.95, 0.7] if last else [0.85, 1.1, 0.95]
        pitch = base * rng.uniform(0.92, 1.08) * _curve(n, contour)
        crow.append(
            _voice(rng, pitch, rate, formants, breath, 0.8) * _fade(n, 0.1, 0.5 if last else 0.3)
        )
    return [(np.concatenate(crow), rng.uniform(0.5, 1.5))] * rng.integers(1, 3)


def _rain(rng: Generator, rate: int, seconds: float) -> Sounds:
    """Thousands of drops, each a click that rings in the water or on the roof, over the hiss of
    those far away.
    """
    n = round(rng.uniform(0.3, 0.6) * seconds * rate)
    drops = _grains(
        rng, n, rate, _log_uniform(rng, 60, 3000), 0.9, (900, 6500), rng.uniform(0.5, 2)
    )
    hiss = _noise(rng, n, rate, rng.uniform(-6, -1), _log_uniform(rng, 60, 500))
    rain = (_unit(drops) * _decibels(rng.uniform(-10, 4)) + hiss) * _decibels(
        2 * _wander(rng, n, 1.5, rate)
    )
    return [(rain * _fade(n, rng.uniform(0.1, 0.5), rng.uniform(0.1, 0.5)), 0)]


def _sea_waves(rng: Generator, rate: int, seconds: float) -> Sounds:
    """Swells of noise: the low rumble leads, the treble of the breaking crest comes late and hisses
    out.
    """
    n, swells = round(rng.uniform(0.35, 0.7) * seconds * rate), rng.integers(1, 3)
    crests = (np.arange(swells) + rng.uniform(0.3, 0.6)) / swells
    time, width, tilt = np.linspace(0, 1, n), rng.uniform(0.15, 0.35) / swells, rng.uniform(-3, 1)
    wave = np.zeros(n)
    for part, low in enumerate([80, 260, 845, 2750]):
        behind = time[:, None] - crests - 0.06 * part * rng.uniform(0.3, 1.5)
        swell = np.exp(-((behind / np.where(behind < 0, width, 1.6 * width)) ** 2)).sum(1) + 0.1
        wave += _noise(rng, n, rate, -2, low, 3.25 * low) * _decibels(tilt * part) * swell
    return [(wave * _fade(n, 0.25, 0.25), 0)]


def _crackling_fire(rng: Generator, rate: int, seconds: float) -> Sounds:
    """Sparse snaps of bursting wood, very unequal, that ring for a millisecond, over the flames'
    rumble.
    """
    n = round(rng.uniform(0.4, 0.8) * seconds * rate)
    snaps = _grains(rng, n, rate, _log_uniform(rng, 5, 90), 1.2, (500, 6500), rng.uniform(0.5, 4))
    rumble = _noise(rng, n, rate, rng.uniform(-9, -5), 40, 600) * _decibels(
        3 * _wander(rng, n, 6.0, rate)
    )
    hiss = _noise(rng, n, rate, -1, 500) * _decibels(rng.uniform(-26, -12))
    fire = _unit(snaps) + (rumble + hiss) * _decibels(rng.uniform(-12, 4))
    return [(fire * _fade(n, rng.uniform(0.1, 0.3), rng.uniform(0.1, 0.3)), 0)]


def _crying_baby(rng: Generator, rate: int, seconds: float) -> Sounds:
    """Cries of about a second, arched in pitch, with vibrato, each followed by a gasp for breath."""
    base, formants = (
        _log_uniform(rng, 330, 600),
        [(rng.uniform(900, 1400), 350), (rng.uniform(2800, 3800), 800)],
    )
    length, vibrato, breath = rng.uniform(0.35, 1.1), rng.uniform(0.0, 0.04), rng.uniform(0.03, 0.4)
    sounds = []
    for _ in range(rng.integers(1, 5)):
        n = round(length * rng.uniform(0.7, 1.25) * rate)
        trill = 1 + vibrato * np.sin(2 * np.pi * rng.uniform(5, 8) * np.arange(n) / rate)
        pitch = base * trill * _curve(n, [0.8, rng.uniform(1, 1.25), rng.uniform(0.9, 1.2), 0.75])
        cry = _voice(rng, pitch, rate, formants, breath, 0.82) * _fade(
            n, rng.uniform(0.1, 0.25), rng.uniform(0.2, 0.4)
        )
        gasp = round(rng.uniform(0.1, 0.25) * rate)
        inhaled = (
            _noise(rng, gasp, rate, -3, 900, 4000)
            * _fade(gasp, 0.6, 0.3)
            * _decibels(rng.uniform(-26, -12))
        )
        sounds += [(cry, rng.uniform(0.05, 0.3)), (inhaled, rng.uniform(0.05, 0.3))]
    return sounds


def _sneezing(rng: Generator, rate: int, seconds: float) -> Sounds:
    """A sharp intake of breath ('ah'), then a burst ('tschoo'): hissing teeth first, then the
    voice, falling.
    """
    base, voiced = _log_uniform(rng, 170, 480), rng.uniform(0.2, 1.3)
    mouth, hiss = (
        [(rng.uniform(500, 900), 250), (rng.uniform(1200, 2000), 400)],
        _log_uniform(rng, 1300, 3200),
    )
    sounds = []
    for _ in range(rng.integers(1, 4)):
        n = round(rng.uniform(0.1, 0.4) * rate)
        intake = _voice(
            rng, base * _curve(n, [0.9, 1.3]), rate, mouth, rng.uniform(0.4, 3), 0.7
        ) * _fade(n, 0.7, 0.15)
        n = round(rng.uniform(0.15, 0.4) * rate)
        burst = _noise(rng, n, rate, -2, hiss, 2.5 * hiss) * _fade(n, 0.05, 0.9) ** 1.5
        burst += (
            voiced
            * _voice(rng, base * _curve(n, [1.6, 1.3, 0.8]), rate, mouth, 0.5, 0.75)
            * _fade(n, 0.25, 0.7)
        )
        pause = np.zeros(round(rng.uniform(0.0, 0.1) * rate))
        sounds.append(
            (
                np.concatenate([intake * _decibels(rng.uniform(-22, -6)), pause, burst]),
                rng.uniform(0.3, 1.2),
            )
        )
    return sounds


def _clock_tick(rng: Generator, rate: int, seconds: float) -> Sounds:
    """Ticks and tocks at an even pace: two or three impacts of an escapement that excite a few
    modes of the case.
    """
    period = _log_uniform(rng, 0.16, 1.0)
    time = np.arange(round(rng.uniform(0.03, 0.08) * rate)) / rate
    modes, strike = (
        np.exp(rng.uniform(np.log(500), np.log(6500), (2, 4, 1))),
        rng.uniform(0.002, 0.012, (4, 1)),
    )
    if rng.random() < 0.4:
        modes[1] = modes[0]  # a quartz clock: no tock
    impacts = np.append(0, rng.uniform(0.003, 0.02, rng.integers(0, 3)))
    kinds = []
    for mode in modes:
        ring = (
            rng.lognormal(0, 0.7, (4, 1)) * np.sin(2 * np.pi * mode * time) * np.exp(-time / strike)
        ).sum(0)
        hits = np.zeros(len(time))
        hits[(impacts * rate).astype(int)] = rng.uniform(0.3, 1, len(impacts))
        kinds.append(_unit(np.convolve(hits, ring)[: len(time)] * _fade(len(time), 0.0, 0.3)))
    ticks = max(2, round(rng.uniform(0.4, 1.0) * seconds / period))
    return [(kinds[tick % 2], period - len(time) / rate) for tick in range(ticks)]


def _helicopter(rng: Generator, rate: int, seconds: float) -> Sounds:
    """Blade slaps 9 to 24 times a second with their harmonics, noise that pulses with them, often a
    turbine's whine.
    """
    n = round(rng.uniform(0.35, 0.7) * seconds * rate)
    blades = _log_uniform(rng, 9, 24) * _curve(n, 1 + rng.uniform(-0.04, 0.04, 3))
    slap = _unit(
        _shape(
            _harmonics(blades, rate, rng.uniform(0.8, 0.97)),
            rate,
            [(_log_uniform(rng, 60, 250), 150)],
        )
    )
    pulse = 1 + rng.uniform(0.3, 1.0) * np.cos(
        2 * np.pi * np.cumsum(blades) / rate + rng.uniform(0, 6)
    )
    wind = _noise(rng, n, rate, rng.uniform(-8, -3), 80) * pulse
    whine = _harmonics(_log_uniform(rng, 700, 3500) * blades / blades.mean(), rate, 0.2)
    sound = wind + whine * _decibels(rng.uniform(-40, -18)) + slap * _decibels(rng.uniform(-8, 5))
    return [(sound * _fade(n, rng.uniform(0.2, 0.5), rng.uniform(0.2, 0.5)), 0)]


def _chainsaw(rng: Generator, rate: int, seconds: float) -> Sounds:
    """A two-stroke motor at up to 200 firings a second, faster and slower with throttle and load,
    and the chain.
    """
    n = round(rng.uniform(0.3, 0.6) * seconds * rate)
    throttle = _curve(
        n, np.append(rng.uniform(0.4, 0.8), rng.uniform(0.5, 1.1, rng.integers(2, 7)))
    )
    firing = _log_uniform(rng, 75, 200) * throttle * (1 + 0.004 * _wander(rng, n, 40.0, rate))
    muffler = [
        (centre, centre) for centre in (_log_uniform(rng, 300, 900), _log_uniform(rng, 1200, 4000))
    ]
    motor = _unit(_shape(_harmonics(firing, rate, rng.uniform(0.9, 0.98)), rate, muffler))
    pulse = 1 + rng.uniform(0, 0.9) * np.cos(2 * np.pi * np.cumsum(firing) / rate)
    chain = _noise(rng, n, rate, rng.uniform(-5, -1), 300) * pulse * _decibels(rng.uniform(-20, 2))
    return [
        ((motor + chain) * throttle * _fade(n, rng.uniform(0.03, 0.3), rng.uniform(0.03, 0.3)), 0)
    ]


CLASSES: dict[str, tuple[int, Callable[[Generator, int, float], Sounds]]] = {
    "dog": (0, _dog),
    "rooster": (1, _rooster),
    "rain": (10, _rain),
    "sea_waves": (11, _sea_waves),
    "crackling_fire": (12, _crackling_fire),
    "crying_baby": (20, _crying_baby),
    "sneezing": (21, _sneezing),
    "clock_tick": (38, _clock_tick),
    "helicopter": (40, _helicopter),
    "chainsaw": (41, _chainsaw),
}
"""Class names in the order of their targets, each with its number in ESC-50 and the function that makes its sounds."""


# Building blocks. Lengths `n` are in samples, rates and frequencies in hertz.


def _harmonics(pitch: np.ndarray, rate: int, roll_off: float) -> np.ndarray:
    """A tone that follows a pitch curve; each harmonic is `roll_off` times the one below it, none
    passes 0.45 × rate.

    The sum over k of (roll_off exp(i phase))^k is a geometric series: Moorer's discrete summation
    formula (1976).
    """
    phase, count = 2 * np.pi * np.cumsum(pitch) / rate, int(0.45 * rate / pitch.max())
    z = roll_off * np.exp(1j * phase)
    return _unit((z * (1 - roll_off**count * np.exp(1j * count * phase)) / (1 - z)).imag)


def _noise(
    rng: Generator, n: int, rate: int, slope: float, low: float = 20, high: float = 1e9
) -> np.ndarray:
    """Gaussian noise of unit power, with a spectrum of `slope` dB an octave and soft edges at `low`
    and `high`.
    """
    size = next_fast_len(n, real=True)
    frequency = np.maximum(rfftfreq(size, 1 / rate), 1.0)
    gain = (
        frequency ** (slope / 6.02) / (1 + (low / frequency) ** 4) / (1 + (frequency / high) ** 4)
    )
    return _unit(
        irfft(gain * rng.standard_normal((2, len(gain))).T.copy().view(complex)[:, 0], size)[:n]
    )


def _shape(wave: np.ndarray, rate: int, resonances: list[tuple[float, float]]) -> np.ndarray:
    """Pass a sound through parallel resonators (centre, bandwidth), each 6 dB below the last, and a
    direct path.
    """
    size = next_fast_len(len(wave) + rate // 20, real=True)
    frequency, gain = rfftfreq(size, 1 / rate), 0.05
    for rank, (centre, width) in enumerate(resonances):
        gain = gain + 0.5**rank * 1j * frequency * width / (
            centre**2 - frequency**2 + 1j * frequency * width
        )
    return irfft(rfft(wave, size) * gain, size)[: len(wave)]


def _voice(
    rng: Generator, pitch: np.ndarray, rate: int, formants: list, breath: float, roll_off: float
) -> np.ndarray:
    """A glottal tone with unsteady pitch and loudness, and breath, through formants; unit power."""
    n = len(pitch)
    tone = _harmonics(pitch * (1 + 0.012 * _wander(rng, n, 60.0, rate)), rate, roll_off)
    tone *= _decibels(2 * _wander(rng, n, 25.0, rate))
    return _unit(_shape(tone + breath * _noise(rng, n, rate, -1, 200), rate, formants))


def _grains(
    rng: Generator,
    n: int,
    rate: int,
    per_second: float,
    spread: float,
    band: tuple[float, float],
    quality: float,
) -> np.ndarray:
    """Impulses of log-normal strength that come in flurries, each ringing at one of four resonances
    in `band`.
    """
    likely = np.cumsum(np.exp(_wander(rng, n, 3.0, rate)))
    count = max(4, round(per_second * n / rate))
    wave = np.zeros(n)
    for part in range(4):
        impulses = np.zeros(n)
        positions = np.searchsorted(likely, rng.uniform(0, likely[-1], (count + part) // 4))
        np.add.at(
            impulses,
            positions,
            rng.lognormal(0, spread, len(positions)) * rng.choice([-1, 1], len(positions)),
        )
        centre = _log_uniform(rng, *band)
        wave += _shape(impulses, rate, [(centre, centre / quality)])
    return wave


def _curve(n: int, values) -> np.ndarray:
    """A smooth curve through equally spaced values, without overshoot."""
    return PchipInterpolator(np.linspace(0, 1, len(values)), values)(np.linspace(0, 1, n))


def _wander(rng: Generator, n: int, per_second: float, rate: int) -> np.ndarray:
    """A random curve around 0, of deviation 1, with so many turns a second."""
    knots = rng.standard_normal(max(3, round(per_second * n / rate) + 2))
    return np.interp(np.linspace(0, len(knots) - 1, n), np.arange(len(knots)), knots)


def _fade(n: int, rise: float, fall: float) -> np.ndarray:
    """An envelope that rises and falls along half a cosine, over these shares of its length."""
    time = (np.arange(n) + 0.5) / n
    ramp = np.minimum(np.minimum(time / max(rise, 1e-9), (1 - time) / fall), 1.0)
    return 0.5 - 0.5 * np.cos(np.pi * ramp)


def _a_weighted_energy(wave: np.ndarray, rate: int) -> float:
    """Energy weighted by the A curve of IEC 61672 (up to a constant): low rumble counts little, as
    for the ear.
    """
    f2 = rfftfreq(len(wave), 1 / rate) ** 2
    gain = f2**2 / ((f2 + 20.6**2) * np.sqrt((f2 + 107.7**2) * (f2 + 737.9**2)) * (f2 + 12194**2))
    return float((np.abs(rfft(wave) * gain) ** 2).sum())


def _unit(wave: np.ndarray) -> np.ndarray:
    return wave / np.sqrt(np.mean(wave**2))


def _decibels(level):
    """The amplitude factor of a level in decibels."""
    return 10 ** (level / 20)


def _log_uniform(rng: Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
