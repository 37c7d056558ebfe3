"""Ten synthesised classes of everyday sound with ESC-10's names; each clip knows its event,
background and truth.

Every sound is computed from its physics (a source, its resonances, a room, a distance) and nothing
is recorded, so a clip knows what no recording does: where its event sounds, and what it would be
without it.
"""

import os
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
import torch
from numpy.random import Generator
from scipy.fft import irfft, next_fast_len, rfft, rfftfreq

from .clips import Clip, Dataset, Event, clip_from_table
from .environment_sounds import CLASSES, Sounds, SoundsOf
from .sources import esc_table
from .synthesis import amplitude, curve, fade, harmonics, log_uniform, noise, wander

FOLDS = 5
SNR = (0.0, 24.0)
"""Range of the event's level over the background's, in dB, A-weighted, while the event sounds."""


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
    >>> len(clips), clips[0].label, clips[0].events[0].kind
    (50, 'dog', 'dog')
    >>> heard = (clips[0].waveform - clips[0].twin)[0].nonzero()  # without the event it is the twin
    >>> bool(heard[0] / 16_000 >= clips[0].events[0].start)
    True
    """
    if not 1 <= clips_per_class_and_fold <= 9999:
        raise ValueError(
            f"clips_per_class_and_fold is {clips_per_class_and_fold}; it goes from 1 to 9999"
        )
    if not seconds >= 2.0:
        raise ValueError(f"seconds is {seconds}; an event and its surroundings need at least 2 s")
    if not sample_rate >= 8000:
        raise ValueError(f"sample_rate is {sample_rate} Hz; below 8000 Hz too little is left")
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
        label, samples = row["label"], round(seconds * sample_rate)
        waveform, twin, spans = _clip(rng, CLASSES[label][1], samples, sample_rate)
        events = (Event(start / sample_rate, end / sample_rate, label) for start, end in spans)
        sound, background = torch.from_numpy(waveform[None]), torch.from_numpy(twin[None])
        return Clip(
            sound, sample_rate, **clip_from_table(row), events=tuple(events), twin=background
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
    ...     folder = Path(folder, "esc10")
    ...     write(load(clips_per_class_and_fold=1).select(label="dog", fold=1), folder)
    ...     sorted(file.name for file in folder.rglob("*.*"))
    ['1-100000-A-0.wav', 'esc50.csv']
    """
    folder = Path(folder)
    if dataset.name != "environment":
        raise ValueError(f"only the environment data set has ESC-50's names, not {dataset.name!r}")
    if folder.exists():
        raise FileExistsError(f"{folder} exists already; name a new folder, or remove this one")
    folder.parent.mkdir(parents=True, exist_ok=True)
    files = list(dataset.table["name"] + ".wav")
    meta = esc_table(files).set_index("filename").loc[files].reset_index()
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
    rng: Generator, sounds_of: SoundsOf, n: int, rate: int
) -> tuple[np.ndarray, np.ndarray, list]:
    """One clip: (waveform, background alone, [(first sample, sample after the last) of each
    event]).
    """
    tail = round(log_uniform(rng, 0.02, 0.25) * rate)
    event, spans = _lay_out(rng, sounds_of(rng, rate, n / rate), n, tail, rate)
    event = _room_and_distance(rng, event, rate, tail)
    sounding = np.zeros(n, bool)
    for start, end in spans:
        sounding[start:end] = True
    event[~sounding] = 0.0  # the rounding errors of the transforms
    background = _background(rng, n, rate)
    background_power = _a_weighted_energy(background, rate) / n
    ratio = _a_weighted_energy(event, rate) / sounding.sum() / background_power
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
        wave[start:end] += sound * amplitude(rng.uniform(-2, 2))
        if spans and start <= spans[-1][1]:
            start = spans.pop()[0]
        spans.append((start, end + tail))
    return wave, spans


def _room_and_distance(rng: Generator, wave: np.ndarray, rate: int, tail: int) -> np.ndarray:
    """Colour by reflections, which fall by 30 dB over the tail, and by the air, which damps the
    treble.
    """
    answer = rng.standard_normal(tail) * 10 ** (-1.5 * np.arange(tail) / tail)
    answer *= amplitude(rng.uniform(-24, -4)) / np.sqrt((answer**2).sum())
    answer[0] = 1.0
    size = next_fast_len(len(wave) + tail, real=True)
    air = 1 / (1 + 1j * rfftfreq(size, 1 / rate) / log_uniform(rng, 1500, 12_000))
    return irfft(rfft(wave, size) * rfft(answer, size) * air, size)[: len(wave)]


def _background(rng: Generator, n: int, rate: int) -> np.ndarray:
    """Coloured noise with slow gusts, some with mains hum, and up to four distant thuds, clicks,
    calls or rushes.
    """
    wave = noise(rng, n, rate, rng.uniform(-9, -1), 40)
    wave = wave * amplitude(rng.uniform(0, 5) * wander(rng, n, 1.0, rate))
    if rng.random() < 0.35:
        hum = harmonics(np.full(n, rng.choice([50.0, 60.0])), rate, rng.uniform(0.5, 0.85))
        wave += hum * amplitude(rng.uniform(-18, -3))
    for _ in range(rng.integers(0, 5)):
        size = round(log_uniform(rng, 0.03, 0.8) * rate)
        pitch = log_uniform(rng, 200, 1200) * curve(size, rng.uniform(0.8, 1.25, 3))
        low = log_uniform(rng, 75, 2000)
        if rng.random() < 0.4:
            sound = harmonics(pitch, rate, 0.3)
        else:
            sound = noise(rng, size, rate, 0, low, 4 * low)
        sound = sound * fade(size, rng.uniform(0.02, 0.4), rng.uniform(0.4, 0.95))
        sound *= amplitude(rng.uniform(-15, 3))
        start = rng.integers(0, n - size)
        wave[start : start + size] += sound
    return wave


def _a_weighted_energy(wave: np.ndarray, rate: int) -> float:
    """Energy weighted by the A curve of IEC 61672 (up to a constant): low rumble counts little, as
    for the ear.
    """
    f2 = rfftfreq(len(wave), 1 / rate) ** 2
    gain = f2**2 / ((f2 + 20.6**2) * np.sqrt((f2 + 107.7**2) * (f2 + 737.9**2)) * (f2 + 12194**2))
    return float((np.abs(rfft(wave) * gain) ** 2).sum())
