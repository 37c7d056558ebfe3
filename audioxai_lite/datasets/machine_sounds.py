"""What the machine is built from: tones of a shaft, air, hits, boards and a room, as NumPy arrays.

Times in seconds, frequencies and rates in hertz; sounds are arrays (samples,).
"""

import numpy as np
import scipy.fft
from numpy.random import Generator

from .clips import Event

TABLE_SIZE = 1 << 15
"""Of one turn of the shaft; to interpolate in it errs by less than -80 dB at the 87th harmonic."""


def one_turn(rng: Generator, load: float) -> np.ndarray:
    """The tonal waveform over one turn of the shaft: all tones are its harmonics, so one period
    holds them all.

    Examples
    --------
    >>> spectrum = np.abs(scipy.fft.rfft(one_turn(np.random.default_rng(0), load=0.0)))
    >>> bool(spectrum[7] > 2 * spectrum[6])  # seven blades pass in a turn
    True
    """
    spectrum = np.zeros(TABLE_SIZE // 2 + 1, complex)

    def add(harmonic, decibels):
        phase = 2 * np.pi * rng.uniform(size=np.shape(harmonic))
        spectrum[harmonic] += 10 ** (decibels / 20) * np.exp(1j * phase)

    add(np.arange(1, 5), -6.0 * np.arange(1, 5))  # shaft
    blade = np.arange(1, 13)
    add(7 * blade, -1.8 * blade + rng.normal(0, 1.5, 12))  # blades passing
    for mesh, decibels in ((43, -12), (86, -18)):  # gear teeth, with sidebands one turn apart
        level = np.array([-8, 0, -8]) + decibels + 3 * load + rng.normal(0, 1.5)
        add(np.array([mesh - 1, mesh, mesh + 1]), level)
    return scipy.fft.irfft(spectrum, norm="forward").astype(np.float32) / 2


def turn_at(table: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """The sound of a turn at positions counted in turns, between samples along a straight line.

    Examples
    --------
    >>> turn_at(np.array([0.0, 1.0, 0.0, -1.0]), np.array([0.25, 0.125, 3.75])).tolist()
    [1.0, 0.5, -1.0]
    """
    position = (turns - np.floor(turns)) * len(table)
    index = position.astype(np.int32)
    fraction = (position - index).astype(np.float32)
    slope = np.diff(table, append=table[0])
    return table.take(index, mode="wrap") + slope.take(index, mode="wrap") * fraction


def airflow(frequency: np.ndarray, load: float) -> np.ndarray:
    """Amplitude spectrum of the air noise: falls above 400 Hz, steeper at low load, with a broad
    band on top, from 0.9 to 2.6 kHz.

    Examples
    --------
    >>> airflow(np.array([100.0, 400.0, 1_600.0]), load=0.0).round(2).tolist()
    [0.87, 0.5, 0.2]
    """
    colour = 1 / (1 + (frequency / 400) ** (1.4 - 0.15 * load))
    octaves = np.log2(np.maximum(frequency, 1) / 1_530)
    return colour + 0.08 * np.exp(-((octaves / 0.75) ** 2))


def shaped_noise(rng: Generator, samples: int, sample_rate: int, amplitude) -> np.ndarray:
    """Gaussian noise of unit power with the amplitude spectrum `amplitude(frequency in hertz)`.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> low = shaped_noise(rng, 16_000, 16_000, lambda frequency: frequency < 500)
    >>> bool(np.abs(scipy.fft.rfft(low))[500:].max() < 1e-2)
    True
    """
    shape = amplitude(scipy.fft.rfftfreq(samples, 1 / sample_rate))
    bins = rng.standard_normal(2 * len(shape), dtype=np.float32).view(np.complex64)
    noise = scipy.fft.irfft(bins * shape.astype(np.float32), samples)
    return noise / noise.std()


def beat_times(rng: Generator, start: float, end: float, rate: float) -> np.ndarray:
    """Times of a beat of `rate` per second between two times, each off by 1 % of a period or so.

    Examples
    --------
    >>> beat = beat_times(np.random.default_rng(0), 0.0, 2.0, rate=4.0)
    >>> len(beat), round(float(np.diff(beat).mean()), 2)
    (8, 0.25)
    """
    times = np.arange(start + rng.uniform() / rate, end, 1 / rate)
    return times + rng.normal(0, 0.01 / rate, len(times))


def machine_hits(
    times, frequency, decay: float, amplitude: float, samples: int, sample_rate: int
) -> np.ndarray:
    """Struck resonances: at each time a sine of `frequency` hertz that decays by e every `decay`
    seconds.

    Examples
    --------
    >>> sound = machine_hits([0.1], 1_000.0, 0.01, 1.0, samples=8_000, sample_rate=16_000)
    >>> int(sound.nonzero()[0][0]), int(np.abs(sound).argmax())  # from 0.1 s, at once at its height
    (1601, 1604)
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


def machine_boards(rng: Generator, time: np.ndarray, sample_rate: int) -> np.ndarray:
    """What the machine works on: boards pass through, each cut with a hiss that its own resonances
    colour.

    Examples
    --------
    >>> time = np.arange(160_000) / 16_000
    >>> sound = machine_boards(np.random.default_rng(0), time, 16_000)
    >>> 0.2 < float(np.mean(sound != 0)) < 0.8  # now and then
    True
    """

    def board(frequency):
        octaves = np.log2(np.maximum(frequency, 1) / 3_000)
        return np.exp(-((octaves / 1.2) ** 2)) * _bells(rng, 16, 8, (0.05, 0.2), frequency)

    sound, start = np.zeros(len(time), np.float32), rng.uniform(-1.5, 2)
    while start < time[-1]:
        end = start + rng.uniform(0.6, 2.5)
        cut = slice(max(0, round(start * sample_rate)), min(len(time), round(end * sample_rate)))
        length = cut.stop - cut.start
        if length > 0:
            noise = shaped_noise(rng, scipy.fft.next_fast_len(length), sample_rate, board)
            fading = fault_envelope(time[cut], Event(start, end, "board"), 0.15)
            sound[cut] = 10 ** (rng.uniform(-22, -12) / 20) * noise[:length] * fading
        start = end + rng.uniform(0.3, 2.5)
    return sound


def machine_room(rng: Generator, samples: int, sample_rate: int) -> np.ndarray:
    """Gain at each frequency of the transform: the hall's broad colour, and what is due to the
    microphone's place.

    Examples
    --------
    >>> gain = machine_room(np.random.default_rng(0), 16_000, 16_000)
    >>> bool((gain > 0.03).all()), bool((gain < 30).all())  # within 30 dB either way
    (True, True)
    """
    frequency = scipy.fft.rfftfreq(samples, 1 / sample_rate)
    return _bells(rng, 4, 3, (0.3, 1), frequency) * _bells(rng, 16, 3, (0.05, 0.2), frequency)


def _bells(
    rng: Generator, count: int, decibels: float, widths: tuple[float, float], frequency: np.ndarray
) -> np.ndarray:
    """Gain at each frequency of `count` bells, each of at most `decibels` either way, their widths
    in octaves.
    """
    octave = np.linspace(-6, 3, 1024)  # from 1 kHz
    centre, width = rng.uniform(-3, 3, (count, 1)), rng.uniform(*widths, (count, 1))
    heights = rng.uniform(-decibels, decibels, (count, 1))
    level = (heights * np.exp(-(((octave - centre) / width) ** 2))).sum(axis=0)
    return np.interp(frequency, 1_000 * 2**octave, 10 ** (level / 20)).astype(np.float32)


def filtered_by_room(signal: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """A signal with a gain at each frequency of its transform.

    Examples
    --------
    >>> filtered_by_room(np.array([1.0, 2.0, 3.0, 2.0]), np.array([1.0, 0.0, 0.0])).tolist()  # mean
    [2.0, 2.0, 2.0, 2.0]
    """
    return scipy.fft.irfft(scipy.fft.rfft(signal) * gain, len(signal))


def fault_envelope(time: np.ndarray, event: Event, fade: float = 0.03) -> np.ndarray:
    """1 inside the event, 0 outside, with raised-cosine edges of `fade` seconds inside it.

    Examples
    --------
    >>> fault_envelope(np.array([0.9, 1.015, 1.5, 2.1]), Event(1.0, 2.0, "knock")).round(2).tolist()
    [0.0, 0.5, 1.0, 0.0]
    """
    rise = np.clip((time - event.start) / fade, 0, 1) * np.clip((event.end - time) / fade, 0, 1)
    return 0.5 - 0.5 * np.cos(np.pi * rise)


def fault_level(signal: np.ndarray, low: float, high: float, sample_rate: int) -> float:
    """What a signal has between two frequencies: proportional to its root mean square there.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 1_000 * np.arange(1_600) / 16_000)
    >>> bands = ((900, 1_100), (2_000, 3_000))
    >>> [round(fault_level(tone, low, high, 16_000), 2) for low, high in bands]
    [0.5, 0.0]
    """
    power = np.abs(scipy.fft.rfft(signal)) ** 2
    frequency = scipy.fft.rfftfreq(len(signal), 1 / sample_rate)
    inside = (frequency >= low) & (frequency <= high)
    return float(np.sqrt(power[inside].sum() + 1e-30)) / len(signal)
