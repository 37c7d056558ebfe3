"""A synthesised industrial machine with anomalies planted at known times and frequencies. Nothing
to download.

Every clip is rendered from its own random generator, so clip n is the same whatever else is
generated. An anomalous clip comes with its clean twin: the same machine, the same noise, without
the anomaly.
"""

from typing import Literal

import numpy as np
import pandas as pd
import scipy.fft
import torch

from audioxai_lite.datasets.clips import Clip, Dataset, Event

KINDS = ("knock", "squeal", "grind", "rattle", "slip", "drop-out")
SPLITS = ("train", "validation", "test")
TABLE_SIZE = (
    1 << 15
)  # one turn of the shaft; linear interpolation in it errs by less than -80 dB at the 87th harmonic


def load(
    split: Literal["train", "validation", "test"] = "test",
    normal: int = 100,
    anomalous: int = 102,
    seconds: float = 4.0,
    sample_rate: int = 16_000,
    seed: int = 0,
) -> Dataset:
    """A machine's recordings: normal ones first, then anomalous ones whose kinds take turns.

    Parameters
    ----------
    split : "train", "validation" or "test"
        Separate draws of the same machine. Training needs normal clips only: pass `anomalous=0`.
    normal, anomalous : int
        Number of clips; more clips never change the first ones.
    seconds : float, default 4.0
        At least 2.5: anomalies last 0.6 to 1.8 s.
    sample_rate : int, default 16000
        In hertz, at least 16000: rattles reach 6.5 kHz.
    seed : int, default 0

    Returns
    -------
    Dataset
        Classes "normal" and "anomalous"; the table has a column `kind` ("normal" or one of
        `KINDS`). Anomalous clips have one event and a twin.

    Raises
    ------
    ValueError
        If the split is unknown, a number negative, the clip too short or the rate too low.

    Notebook: 00 and 02.

    Examples
    --------
    >>> clips = load(normal=1, anomalous=1)
    >>> len(clips), clips[1].events[0].kind
    (2, 'knock')
    """
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, not {split!r}")
    if min(normal, anomalous, seed) < 0:
        raise ValueError(
            f"normal, anomalous and seed start from 0, not {normal}, {anomalous} and {seed}"
        )
    if not (seconds >= 2.5 and sample_rate >= 16_000):
        raise ValueError(
            f"the machine needs at least 2.5 s at 16000 Hz, not {seconds} s at {sample_rate} Hz"
        )
    rows = [("normal", number) for number in range(normal)]
    rows += [(KINDS[number % len(KINDS)], number) for number in range(anomalous)]
    table = pd.DataFrame(rows, columns=["kind", "number"])
    table["label"] = np.where(table["kind"] == "normal", "normal", "anomalous")
    table["target"] = (table["label"] == "anomalous").astype(int)
    table["name"] = [
        f"{split}-{label}-{number:04d}"
        for label, number in zip(table["label"], table["number"], strict=True)
    ]
    table["fold"] = 0

    def make(row: pd.Series) -> Clip:
        rng = np.random.default_rng([seed, SPLITS.index(split), row["target"], row["number"]])
        clean, anomaly, event = _render(rng, row["kind"], seconds, sample_rate)
        level = 10 ** (rng.normal(0, 2) / 20) / 20
        twin = torch.from_numpy(np.float32(clean * level))[None]
        waveform = (
            twin if event is None else twin + torch.from_numpy(np.float32(anomaly * level))[None]
        )
        return Clip(
            waveform.clamp(-1, 1),
            sample_rate,
            row["name"],
            row["label"],
            int(row["target"]),
            events=(event,) if event else (),
            twin=twin if event else None,
        )

    return Dataset("machine", ("normal", "anomalous"), sample_rate, table, make)


def _render(rng: np.random.Generator, kind: str, seconds: float, sample_rate: int):
    """The clean machine, what its anomaly adds, and the event; both None for a normal clip."""
    samples = round(seconds * sample_rate)
    time = np.arange(samples, dtype=np.float32) / sample_rate
    load = rng.uniform(-1, 1)
    drift = 0.006 * np.sin(2 * np.pi * (rng.uniform(0.1, 0.3) * time + rng.uniform()))
    speed = 25 * (1 + 0.04 * load) * (1 + drift)
    turns = np.cumsum(speed, dtype=np.float64) / sample_rate + rng.uniform()
    table = _one_turn(rng, load)
    breathing = 1 + 0.2 * np.sin(2 * np.pi * (rng.uniform(0.3, 0.9) * time + rng.uniform()))
    tonal = breathing * _look_up(table, turns)
    clean = tonal + 0.6 * breathing * _shaped_noise(
        rng, samples, sample_rate, lambda f: _airflow(f, load)
    )
    clean += _hits(
        _periodic(rng, 0, seconds, rng.uniform(1.8, 2.6)),
        rng.uniform(650, 850),
        0.03,
        0.8,
        samples,
        sample_rate,
    )
    bumps = rng.uniform(0, seconds, rng.poisson(0.8))
    clean += _hits(bumps, rng.uniform(150, 500), 0.05, rng.uniform(0.2, 0.6), samples, sample_rate)
    clean += _boards(rng, time, sample_rate)
    room = _room(rng, samples, sample_rate)
    clean = _filtered(clean, room)
    if kind == "normal":
        return clean, None, None

    duration = rng.uniform(0.6, 1.8)
    start = rng.uniform(0.2, seconds - duration - 0.2)
    event = Event(start, start + duration, kind)
    # Applied after the room, which rings a little: outside the event the clip is its twin, to the
    # last bit.
    envelope = _envelope(time, event)
    if kind == "slip":
        lag = np.cumsum(envelope * speed, dtype=np.float64) / sample_rate
        # Whole turns are lost, so that the machine is back in step with its twin when the event is
        # over.
        lag *= max(1, round(rng.uniform(0.02, 0.12) * lag[-1])) / lag[-1]
        return (
            clean,
            _filtered(breathing * _look_up(table, turns - lag) - tonal, room) * envelope,
            event,
        )
    if kind == "drop-out":
        return (
            clean,
            _filtered(tonal, room) * envelope * (10 ** (-rng.uniform(3, 10) / 20) - 1),
            event,
        )
    anomaly, low, high, offset = _added_sound(rng, kind, event, time, sample_rate)
    anomaly = _filtered(anomaly, room) * envelope
    inside = slice(round(event.start * sample_rate), round(event.end * sample_rate))
    ratio = _band_level(clean[inside], low, high, sample_rate) / _band_level(
        anomaly[inside], low, high, sample_rate
    )
    return clean, anomaly * (ratio * 10 ** ((rng.uniform(1, 10) + offset) / 20)), event


def _added_sound(rng, kind: str, event: Event, time: np.ndarray, sample_rate: int):
    """What a knock, squeal, grind or rattle sounds like, its lowest and highest frequency in hertz,
    its offset in dB.

    The level is set later, against the machine in the same band and time.
    """
    samples, start, end = len(time), event.start, event.end
    if kind == "knock":  # a loose part struck once every few turns
        ring = rng.uniform(2_000, 4_200)
        times = _periodic(rng, start, end, rng.uniform(6, 12))
        return (
            _hits(times, ring, rng.uniform(0.006, 0.012), 1.0, samples, sample_rate),
            0.8 * ring,
            1.2 * ring,
            0,
        )
    if kind == "squeal":  # stick-slip friction: a gliding tone with its octave
        first, last = rng.uniform(2_500, 4_500, 2)
        glide = 2 * np.pi * np.cumsum(np.interp(time, [start, end], [first, last])) / sample_rate
        low, high = sorted([first, last])
        return np.sin(glide) + 0.4 * np.sin(2 * glide), 0.95 * low, 1.05 * high, -3
    if kind == "grind":  # a damaged bearing: a noise band, modulated as the rollers pass
        centre = rng.uniform(1_800, 4_500)
        low, high = 0.65 * centre, 1.35 * centre
        band = _shaped_noise(
            rng, samples, sample_rate, lambda f: np.exp(-(((f - centre) / (0.25 * centre)) ** 4))
        )
        return band * (1 + 0.8 * np.sin(2 * np.pi * rng.uniform(18, 35) * time)), low, high, 0
    rate = rng.uniform(12, 25)  # rattle: a loose cover, hit at random
    times = rng.uniform(start, end, max(3, rng.poisson(rate * (end - start))))
    return (
        _hits(times, rng.uniform(4_500, 6_500, len(times)), 0.004, 1.0, samples, sample_rate),
        4_300,
        6_800,
        -1,
    )


def _one_turn(rng, load: float) -> np.ndarray:
    """The tonal waveform over one turn of the shaft: all tones are its harmonics, so one period
    holds them all.
    """
    spectrum = np.zeros(TABLE_SIZE // 2 + 1, complex)

    def add(harmonic, decibels):
        spectrum[harmonic] += 10 ** (decibels / 20) * np.exp(
            2j * np.pi * rng.uniform(size=np.shape(harmonic))
        )

    add(np.arange(1, 5), -6.0 * np.arange(1, 5))  # shaft
    blade = np.arange(1, 13)
    add(7 * blade, -1.8 * blade + rng.normal(0, 1.5, 12))  # blades passing
    for mesh, decibels in (
        (43, -12),
        (86, -18),
    ):  # gear teeth meshing, with sidebands one turn apart
        add(
            np.array([mesh - 1, mesh, mesh + 1]),
            np.array([-8, 0, -8]) + decibels + 3 * load + rng.normal(0, 1.5),
        )
    return scipy.fft.irfft(spectrum, norm="forward").astype(np.float32) / 2


def _look_up(table: np.ndarray, turns: np.ndarray) -> np.ndarray:
    position = (turns - np.floor(turns)) * len(table)
    index = position.astype(np.int32)
    fraction = (position - index).astype(np.float32)
    slope = np.diff(table, append=table[0])
    return table.take(index, mode="wrap") + slope.take(index, mode="wrap") * fraction


def _airflow(frequency: np.ndarray, load: float) -> np.ndarray:
    """Amplitude spectrum of the air noise: falls above 400 Hz, steeper at low load, with a broad
    band on top.
    """
    colour = 1 / (1 + (frequency / 400) ** (1.4 - 0.15 * load))
    band = 0.08 * np.exp(
        -((np.log2(np.maximum(frequency, 1) / 1_530) / 0.75) ** 2)
    )  # 0.9 to 2.6 kHz
    return colour + band


def _shaped_noise(rng, samples: int, sample_rate: int, amplitude) -> np.ndarray:
    """Gaussian noise of unit power with the amplitude spectrum `amplitude(frequency in hertz)`."""
    shape = amplitude(scipy.fft.rfftfreq(samples, 1 / sample_rate))
    bins = rng.standard_normal(2 * len(shape), dtype=np.float32).view(np.complex64)
    noise = scipy.fft.irfft(bins * shape.astype(np.float32), samples)
    return noise / noise.std()


def _periodic(rng, start: float, end: float, rate: float) -> np.ndarray:
    """Times of a beat of `rate` per second between two times, each off by 1 % of a period or so."""
    times = np.arange(start + rng.uniform() / rate, end, 1 / rate)
    return times + rng.normal(0, 0.01 / rate, len(times))


def _hits(
    times, frequency, decay: float, amplitude: float, samples: int, sample_rate: int
) -> np.ndarray:
    """Struck resonances: at each time a sine of `frequency` hertz that decays by e every `decay`
    seconds.
    """
    sound = np.zeros(samples, np.float32)
    ring = np.arange(round(7 * decay * sample_rate)) / sample_rate
    fading = amplitude * np.exp(-ring / decay)
    for time, pitch in np.broadcast(times, frequency):
        first = max(0, round(time * sample_rate))
        length = min(len(ring), samples - first)
        if length > 0:
            sound[first : first + length] += (fading * np.sin(2 * np.pi * pitch * ring))[:length]
    return sound


def _boards(rng, time: np.ndarray, sample_rate: int) -> np.ndarray:
    """What the machine works on: boards pass through, each cut with a hiss that its own resonances
    colour.
    """

    def board(frequency):
        return np.exp(-((np.log2(np.maximum(frequency, 1) / 3_000) / 1.2) ** 2)) * _bells(
            rng, 16, 8, (0.05, 0.2), frequency
        )

    sound, start = np.zeros(len(time), np.float32), rng.uniform(-1.5, 2)
    while start < time[-1]:
        end = start + rng.uniform(0.6, 2.5)
        cut = slice(max(0, round(start * sample_rate)), min(len(time), round(end * sample_rate)))
        if cut.stop > cut.start:
            noise = _shaped_noise(
                rng, scipy.fft.next_fast_len(cut.stop - cut.start), sample_rate, board
            )
            fading = _envelope(time[cut], Event(start, end, "board"), 0.15)
            sound[cut] = 10 ** (rng.uniform(-22, -12) / 20) * noise[: cut.stop - cut.start] * fading
        start = end + rng.uniform(0.3, 2.5)
    return sound


def _room(rng, samples: int, sample_rate: int) -> np.ndarray:
    """Gain at each frequency of the transform: the hall's broad colour, and what is due to the
    microphone's place.
    """
    frequency = scipy.fft.rfftfreq(samples, 1 / sample_rate)
    return _bells(rng, 4, 3, (0.3, 1), frequency) * _bells(rng, 16, 3, (0.05, 0.2), frequency)


def _bells(
    rng, count: int, decibels: float, widths: tuple[float, float], frequency: np.ndarray
) -> np.ndarray:
    """Gain at each frequency of `count` bells, each of at most `decibels` either way, their widths
    in octaves.
    """
    octave = np.linspace(-6, 3, 1024)  # from 1 kHz
    centre, width = rng.uniform(-3, 3, (count, 1)), rng.uniform(*widths, (count, 1))
    bells = rng.uniform(-decibels, decibels, (count, 1)) * np.exp(
        -(((octave - centre) / width) ** 2)
    )
    return np.interp(frequency, 1_000 * 2**octave, 10 ** (bells.sum(axis=0) / 20)).astype(
        np.float32
    )


def _filtered(signal: np.ndarray, gain: np.ndarray) -> np.ndarray:
    return scipy.fft.irfft(scipy.fft.rfft(signal) * gain, len(signal))


def _envelope(time: np.ndarray, event: Event, fade: float = 0.03) -> np.ndarray:
    """1 inside the event, 0 outside, with raised-cosine edges of `fade` seconds inside it."""
    rise = np.clip((time - event.start) / fade, 0, 1) * np.clip((event.end - time) / fade, 0, 1)
    return 0.5 - 0.5 * np.cos(np.pi * rise)


def _band_level(signal: np.ndarray, low: float, high: float, sample_rate: int) -> float:
    """Root mean square of a signal between two frequencies, in hertz."""
    power = np.abs(scipy.fft.rfft(signal)) ** 2
    frequency = scipy.fft.rfftfreq(len(signal), 1 / sample_rate)
    return float(np.sqrt(power[(frequency >= low) & (frequency <= high)].sum() + 1e-30)) / len(
        signal
    )
