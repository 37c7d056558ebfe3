"""What sounds are built from: tones, noise, resonances and envelopes, as NumPy arrays (samples,).

Lengths `n` are in samples, rates and frequencies in hertz, slopes and depths in decibels.
"""

import numpy as np
import scipy
from numpy.random import Generator
from scipy.fft import irfft, next_fast_len, rfft, rfftfreq


def harmonics(pitch: np.ndarray, rate: int, roll_off: float) -> np.ndarray:
    """A tone that follows a pitch curve; each harmonic is `roll_off` times the one below it, none
    passes 0.45 × rate.

    The sum over k of (roll_off exp(i phase))^k is a geometric series: Moorer's discrete summation
    formula (1976).

    Examples
    --------
    >>> tone = harmonics(np.full(8_000, 500.0), 8_000, roll_off=0.5)
    >>> spectrum = np.abs(rfft(tone))  # a bin is a hertz
    >>> np.round(spectrum[[500, 1_000, 1_500]] / spectrum[500], 2).tolist()
    [1.0, 0.5, 0.25]
    """
    phase, count = 2 * np.pi * np.cumsum(pitch) / rate, int(0.45 * rate / pitch.max())
    z = roll_off * np.exp(1j * phase)
    return unit_power((z * (1 - roll_off**count * np.exp(1j * count * phase)) / (1 - z)).imag)


def noise(
    rng: Generator, n: int, rate: int, slope: float, low: float = 20, high: float = 1e9
) -> np.ndarray:
    """Gaussian noise of unit power, with a spectrum of `slope` dB an octave and soft edges at `low`
    and `high`.

    Examples
    --------
    >>> power = np.abs(rfft(noise(np.random.default_rng(0), 16_000, 16_000, slope=-6))) ** 2
    >>> octaves = [power[low : 2 * low].mean() for low in (1_000, 2_000)]  # a bin is a hertz
    >>> round(10 * np.log10(octaves[1] / octaves[0]))
    -6
    """
    size = next_fast_len(n, real=True)
    frequency = np.maximum(rfftfreq(size, 1 / rate), 1.0)
    gain = (
        frequency ** (slope / 6.02) / (1 + (low / frequency) ** 4) / (1 + (frequency / high) ** 4)
    )
    return unit_power(
        irfft(gain * rng.standard_normal((2, len(gain))).T.copy().view(complex)[:, 0], size)[:n]
    )


def resonate(wave: np.ndarray, rate: int, resonances: list[tuple[float, float]]) -> np.ndarray:
    """Pass a sound through parallel resonators (centre, bandwidth), each 6 dB below the last, and a
    direct path.

    Examples
    --------
    >>> click = np.eye(1, 8_000)[0]
    >>> int(np.abs(rfft(resonate(click, 8_000, [(1_000, 50)]))).argmax())  # a bin is a hertz
    1000
    """
    size = next_fast_len(len(wave) + rate // 20, real=True)
    frequency, gain = rfftfreq(size, 1 / rate), 0.05
    for rank, (centre, width) in enumerate(resonances):
        gain = gain + 0.5**rank * 1j * frequency * width / (
            centre**2 - frequency**2 + 1j * frequency * width
        )
    return irfft(rfft(wave, size) * gain, size)[: len(wave)]


def voice(
    rng: Generator, pitch: np.ndarray, rate: int, formants: list, breath: float, roll_off: float
) -> np.ndarray:
    """A glottal tone with unsteady pitch and loudness, and breath, through formants; unit power.

    Examples
    --------
    >>> rng, pitch = np.random.default_rng(0), np.full(8_000, 400.0)
    >>> bark = voice(rng, pitch, 8_000, [(800, 200)], breath=0.1, roll_off=0.7)
    >>> int(np.abs(rfft(bark)).argmax()) // 400  # the harmonic at the formant is the loudest
    2
    """
    n = len(pitch)
    tone = harmonics(pitch * (1 + 0.012 * wander(rng, n, 60.0, rate)), rate, roll_off)
    tone *= amplitude(2 * wander(rng, n, 25.0, rate))
    return unit_power(resonate(tone + breath * noise(rng, n, rate, -1, 200), rate, formants))


def grains(
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

    Examples
    --------
    >>> drops = grains(np.random.default_rng(0), 8_000, 8_000, 20, 0.9, (900, 2_000), quality=2)
    >>> bool(np.abs(drops).max() > 20 * np.abs(drops).mean())  # sparse
    True
    """
    likely = np.cumsum(np.exp(wander(rng, n, 3.0, rate)))
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
        centre = log_uniform(rng, *band)
        wave += resonate(impulses, rate, [(centre, centre / quality)])
    return wave


def curve(n: int, values) -> np.ndarray:
    """A smooth curve through equally spaced values, without overshoot.

    Examples
    --------
    >>> curve(5, [0.0, 1.0, 1.0])[[0, 2, 4]].tolist(), curve(99, [0.0, 1.0, 1.0]).max().item()
    ([0.0, 1.0, 1.0], 1.0)
    """
    return scipy.interpolate.PchipInterpolator(np.linspace(0, 1, len(values)), values)(
        np.linspace(0, 1, n)
    )


def wander(rng: Generator, n: int, per_second: float, rate: int) -> np.ndarray:
    """A random curve around 0, of deviation 1, with so many turns a second.

    Examples
    --------
    >>> slow = wander(np.random.default_rng(0), 8_000, per_second=2.0, rate=8_000)
    >>> bool(np.abs(np.diff(slow)).max() < 0.002)
    True
    """
    knots = rng.standard_normal(max(3, round(per_second * n / rate) + 2))
    return np.interp(np.linspace(0, len(knots) - 1, n), np.arange(len(knots)), knots)


def fade(n: int, rise: float, fall: float) -> np.ndarray:
    """An envelope that rises and falls along half a cosine, over these shares of its length.

    Examples
    --------
    >>> fade(4, rise=0.25, fall=0.5).round(2).tolist()
    [0.5, 1.0, 0.85, 0.15]
    """
    time = (np.arange(n) + 0.5) / n
    ramp = np.minimum(np.minimum(time / max(rise, 1e-9), (1 - time) / fall), 1.0)
    return 0.5 - 0.5 * np.cos(np.pi * ramp)


def unit_power(wave: np.ndarray) -> np.ndarray:
    """A sound scaled to a mean power of 1.

    Examples
    --------
    >>> unit_power(np.array([3.0, -3.0])).tolist()
    [1.0, -1.0]
    """
    return wave / np.sqrt(np.mean(wave**2))


def amplitude(level):
    """The factor of a level in decibels, a number or an array.

    Examples
    --------
    >>> amplitude(-20.0)
    0.1
    """
    return 10 ** (level / 20)


def log_uniform(rng: Generator, low: float, high: float) -> float:
    """A number between two others, as likely in every octave.

    Examples
    --------
    >>> draws = [log_uniform(np.random.default_rng(seed), 100, 1_600) for seed in range(200)]
    >>> 80 < sum(draw < 400 for draw in draws) < 120  # two of four octaves
    True
    """
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
