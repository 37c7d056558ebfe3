"""A synthesised industrial machine with anomalies planted at known times and frequencies. Nothing
to download.

Every clip is rendered from its own random generator, so clip n is the same whatever else is
generated. An anomalous clip comes with its clean twin: the same machine, the same noise, without
the anomaly.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import torch

from .clips import Clip, Dataset, Event, clip_from_table
from .machine_sounds import (
    airflow,
    beat_times,
    fault_envelope,
    fault_level,
    filtered_by_room,
    machine_boards,
    machine_hits,
    machine_room,
    one_turn,
    shaped_noise,
    turn_at,
)

KINDS = ("knock", "squeal", "grind", "rattle", "slip", "drop-out")
SPLITS = ("train", "validation", "test")

Added = tuple[np.ndarray, float, float, float]


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
        numbers = f"{normal}, {anomalous} and {seed}"
        raise ValueError(f"normal, anomalous and seed start from 0, not {numbers}")
    if not (seconds >= 2.5 and sample_rate >= 16_000):
        asked = f"{seconds} s at {sample_rate} Hz"
        raise ValueError(f"the machine needs at least 2.5 s at 16000 Hz, not {asked}")
    rows = [("normal", number) for number in range(normal)]
    rows += [(KINDS[number % len(KINDS)], number) for number in range(anomalous)]
    table = pd.DataFrame(rows, columns=["kind", "number"])
    table["label"] = np.where(table["kind"] == "normal", "normal", "anomalous")
    table["target"] = (table["label"] == "anomalous").astype(int)
    table["name"] = f"{split}-" + table["label"] + table["number"].map("-{:04d}".format)
    table["fold"] = 0

    def make(row: pd.Series) -> Clip:
        rng = np.random.default_rng([seed, SPLITS.index(split), row["target"], row["number"]])
        clean, anomaly, event = _render(rng, row["kind"], seconds, sample_rate)
        level = 10 ** (rng.normal(0, 2) / 20) / 20
        twin = torch.from_numpy(np.float32(clean * level))[None]
        if anomaly is None or event is None:
            return Clip(twin.clamp(-1, 1), sample_rate, **clip_from_table(row))
        waveform = twin + torch.from_numpy(np.float32(anomaly * level))[None]
        return Clip(
            waveform.clamp(-1, 1), sample_rate, **clip_from_table(row), events=(event,), twin=twin
        )

    return Dataset("machine", ("normal", "anomalous"), sample_rate, table, make)


@dataclass(frozen=True)
class _Healthy:
    """A machine that runs well, and what a fault has to know of it, each of shape (samples,)."""

    sample_rate: int
    time: np.ndarray  # seconds
    speed: np.ndarray  # turns a second
    turns: np.ndarray  # since the start
    turn: np.ndarray  # the tonal sound of one turn
    breathing: np.ndarray  # its loudness
    tonal: np.ndarray
    gain: np.ndarray  # of the room, at each frequency
    sound: np.ndarray  # all of it, in the room


def _healthy(rng: np.random.Generator, seconds: float, sample_rate: int) -> _Healthy:
    samples = round(seconds * sample_rate)
    time = np.arange(samples, dtype=np.float32) / sample_rate
    load = rng.uniform(-1, 1)
    drift = 0.006 * np.sin(2 * np.pi * (rng.uniform(0.1, 0.3) * time + rng.uniform()))
    speed = 25 * (1 + 0.04 * load) * (1 + drift)
    turns = np.cumsum(speed, dtype=np.float64) / sample_rate + rng.uniform()
    turn = one_turn(rng, load)
    breathing = 1 + 0.2 * np.sin(2 * np.pi * (rng.uniform(0.3, 0.9) * time + rng.uniform()))
    tonal = breathing * turn_at(turn, turns)
    air = shaped_noise(rng, samples, sample_rate, lambda frequency: airflow(frequency, load))
    sound = tonal + 0.6 * breathing * air
    beat = beat_times(rng, 0, seconds, rng.uniform(1.8, 2.6))
    sound += machine_hits(beat, rng.uniform(650, 850), 0.03, 0.8, samples, sample_rate)
    bumps = rng.uniform(0, seconds, rng.poisson(0.8))
    pitch, level = rng.uniform(150, 500), rng.uniform(0.2, 0.6)
    sound += machine_hits(bumps, pitch, 0.05, level, samples, sample_rate)
    sound += machine_boards(rng, time, sample_rate)
    gain = machine_room(rng, samples, sample_rate)
    sound = filtered_by_room(sound, gain)
    return _Healthy(sample_rate, time, speed, turns, turn, breathing, tonal, gain, sound)


def _render(
    rng: np.random.Generator, kind: str, seconds: float, sample_rate: int
) -> tuple[np.ndarray, np.ndarray | None, Event | None]:
    """The healthy machine, what its anomaly adds, and the event; both None for a normal clip."""
    machine = _healthy(rng, seconds, sample_rate)
    if kind == "normal":
        return machine.sound, None, None
    duration = rng.uniform(0.6, 1.8)
    start = rng.uniform(0.2, seconds - duration - 0.2)
    event = Event(start, start + duration, kind)
    if kind == "slip":
        return machine.sound, _slip(rng, event, machine), event
    if kind == "drop-out":
        return machine.sound, _drop_out(rng, event, machine), event
    return machine.sound, _addition(rng, event, machine), event


def _in_room(dry: np.ndarray, event: Event, machine: _Healthy) -> np.ndarray:
    """Applied after the room, which rings a little, the envelope leaves the clip as its twin
    outside the event, to the last bit.
    """
    return filtered_by_room(dry, machine.gain) * fault_envelope(machine.time, event)


def _slip(rng: np.random.Generator, event: Event, machine: _Healthy) -> np.ndarray:
    """The belt slips: the tones sink, while whole turns are lost, so that the machine is back in
    step with its twin when the event is over.
    """
    slowing = fault_envelope(machine.time, event) * machine.speed
    lag = np.cumsum(slowing, dtype=np.float64) / machine.sample_rate
    lag *= max(1, round(rng.uniform(0.02, 0.12) * lag[-1])) / lag[-1]
    slipping = machine.breathing * turn_at(machine.turn, machine.turns - lag)
    return _in_room(slipping - machine.tonal, event, machine)


def _drop_out(rng: np.random.Generator, event: Event, machine: _Healthy) -> np.ndarray:
    """The tones are 3 to 10 dB weaker."""
    return _in_room(machine.tonal, event, machine) * (10 ** (-rng.uniform(3, 10) / 20) - 1)


def _addition(rng: np.random.Generator, event: Event, machine: _Healthy) -> np.ndarray:
    """Another sound, at a level set against the machine in the same band and time."""
    rate = machine.sample_rate
    dry, low, high, offset = ADDED[event.kind](rng, event, machine.time, rate)
    added = _in_room(dry, event, machine)
    inside = slice(round(event.start * rate), round(event.end * rate))
    usual = fault_level(machine.sound[inside], low, high, rate)
    ratio = usual / fault_level(added[inside], low, high, rate)
    return added * (ratio * 10 ** ((rng.uniform(1, 10) + offset) / 20))


# Each added sound: the samples, its lowest and highest frequency in hertz, an offset in decibels.


def _knock(rng: np.random.Generator, event: Event, time: np.ndarray, sample_rate: int) -> Added:
    """A loose part, struck once every few turns."""
    pitch = rng.uniform(2_000, 4_200)
    times = beat_times(rng, event.start, event.end, rng.uniform(6, 12))
    sound = machine_hits(times, pitch, rng.uniform(0.006, 0.012), 1.0, len(time), sample_rate)
    return sound, 0.8 * pitch, 1.2 * pitch, 0


def _squeal(rng: np.random.Generator, event: Event, time: np.ndarray, sample_rate: int) -> Added:
    """Stick-slip friction: a gliding tone with its octave."""
    first, last = rng.uniform(2_500, 4_500, 2)
    pitch = np.interp(time, [event.start, event.end], [first, last])
    phase = 2 * np.pi * np.cumsum(pitch) / sample_rate
    low, high = sorted([first, last])
    return np.sin(phase) + 0.4 * np.sin(2 * phase), 0.95 * low, 1.05 * high, -3


def _grind(rng: np.random.Generator, event: Event, time: np.ndarray, sample_rate: int) -> Added:
    """A damaged bearing: a noise band, modulated as the rollers pass."""
    centre = rng.uniform(1_800, 4_500)

    def band(frequency: np.ndarray) -> np.ndarray:
        return np.exp(-(((frequency - centre) / (0.25 * centre)) ** 4))

    sound = shaped_noise(rng, len(time), sample_rate, band)
    sound = sound * (1 + 0.8 * np.sin(2 * np.pi * rng.uniform(18, 35) * time))
    return sound, 0.65 * centre, 1.35 * centre, 0


def _rattle(rng: np.random.Generator, event: Event, time: np.ndarray, sample_rate: int) -> Added:
    """A loose cover, hit at random."""
    number = rng.poisson(rng.uniform(12, 25) * (event.end - event.start))
    times = rng.uniform(event.start, event.end, max(3, number))
    pitches = rng.uniform(4_500, 6_500, len(times))
    return machine_hits(times, pitches, 0.004, 1.0, len(time), sample_rate), 4_300, 6_800, -1


ADDED = {"knock": _knock, "squeal": _squeal, "grind": _grind, "rattle": _rattle}
