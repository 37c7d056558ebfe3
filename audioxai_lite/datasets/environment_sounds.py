"""The dry sounds of the ten classes of `environment`, each computed from its physics.

What a function draws before its loop belongs to the animal or machine; what it draws inside differs
from one bark, cry or tick to the next.
"""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from .synthesis import (
    amplitude,
    curve,
    fade,
    grains,
    harmonics,
    log_uniform,
    noise,
    resonate,
    unit_power,
    voice,
    wander,
)

Sounds = list[tuple[np.ndarray, float]]
"""The sounds of a clip in their order, each with the silence that follows it, in seconds."""

SoundsOf = Callable[[Generator, int, float], Sounds]
"""Of a random generator, the rate in hertz and the seconds there are, the sounds of one clip."""


def _dog(rng: Generator, rate: int, seconds: float) -> Sounds:
    """Barks: a harmonic burst whose pitch arches up and falls, through the formants of a muzzle,
    with rough breath.
    """
    size = log_uniform(rng, 0.6, 1.7)  # from a small dog to a large one, which barks low
    length, gap = rng.uniform(0.09, 0.24), log_uniform(rng, 0.08, 0.9)
    breath = rng.uniform(0.1, 0.7)
    formants = [(650 / size, 250), (1300 / size, 350), (2700 / size, 700)]
    sounds = []
    for _ in range(rng.integers(1, 8)):
        n = round(length * rng.uniform(0.8, 1.25) * rate)
        pitch = 480 / size * rng.uniform(0.9, 1.1) * curve(n, [0.75, 1.15, 1.0, 0.6])
        bark = voice(rng, pitch, rate, formants, breath, 0.75)
        sounds.append((bark * fade(n, 0.12, 0.65), gap * rng.uniform(0.6, 1.8)))
    return sounds


def _rooster(rng: Generator, rate: int, seconds: float) -> Sounds:
    """A crow: two to four short syllables and a long one that rises, holds and sinks, all rich in
    harmonics.
    """
    base, spread = log_uniform(rng, 430, 900), rng.uniform(1.1, 1.5)
    breath = rng.uniform(0.05, 0.35)
    short = rng.uniform(0.1, 0.22, rng.integers(2, 5))
    lengths = np.append(short, rng.uniform(0.4, 1.1))
    lengths *= min(1.0, 0.7 * seconds / lengths.sum())
    formants = [(log_uniform(rng, 900, 1500), 500), (log_uniform(rng, 2200, 3400), 700)]
    crow = []
    for position, length in enumerate(lengths):
        n, last = round(length * rate), position == len(short)
        contour = [0.9, spread, spread, 0.95, 0.7] if last else [0.85, 1.1, 0.95]
        pitch = base * rng.uniform(0.92, 1.08) * curve(n, contour)
        syllable = voice(rng, pitch, rate, formants, breath, 0.8)
        crow.append(syllable * fade(n, 0.1, 0.5 if last else 0.3))
    return [(np.concatenate(crow), rng.uniform(0.5, 1.5))] * rng.integers(1, 3)


def _rain(rng: Generator, rate: int, seconds: float) -> Sounds:
    """Thousands of drops, each a click that rings in the water or on the roof, over the hiss of
    those far away.
    """
    n = round(rng.uniform(0.3, 0.6) * seconds * rate)
    drops = grains(rng, n, rate, log_uniform(rng, 60, 3000), 0.9, (900, 6500), rng.uniform(0.5, 2))
    hiss = noise(rng, n, rate, rng.uniform(-6, -1), log_uniform(rng, 60, 500))
    rain = unit_power(drops) * amplitude(rng.uniform(-10, 4)) + hiss
    rain *= amplitude(2 * wander(rng, n, 1.5, rate))
    return [(rain * fade(n, rng.uniform(0.1, 0.5), rng.uniform(0.1, 0.5)), 0)]


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
        wave += noise(rng, n, rate, -2, low, 3.25 * low) * amplitude(tilt * part) * swell
    return [(wave * fade(n, 0.25, 0.25), 0)]


def _crackling_fire(rng: Generator, rate: int, seconds: float) -> Sounds:
    """Sparse snaps of bursting wood, very unequal, that ring for a millisecond, over the flames'
    rumble.
    """
    n = round(rng.uniform(0.4, 0.8) * seconds * rate)
    snaps = grains(rng, n, rate, log_uniform(rng, 5, 90), 1.2, (500, 6500), rng.uniform(0.5, 4))
    rumble = noise(rng, n, rate, rng.uniform(-9, -5), 40, 600)
    rumble *= amplitude(3 * wander(rng, n, 6.0, rate))
    hiss = noise(rng, n, rate, -1, 500) * amplitude(rng.uniform(-26, -12))
    fire = unit_power(snaps) + (rumble + hiss) * amplitude(rng.uniform(-12, 4))
    return [(fire * fade(n, rng.uniform(0.1, 0.3), rng.uniform(0.1, 0.3)), 0)]


def _crying_baby(rng: Generator, rate: int, seconds: float) -> Sounds:
    """Cries of about a second, arched in pitch, with vibrato, each followed by a gasp."""
    base = log_uniform(rng, 330, 600)
    formants = [(rng.uniform(900, 1400), 350), (rng.uniform(2800, 3800), 800)]
    length, vibrato, breath = rng.uniform(0.35, 1.1), rng.uniform(0.0, 0.04), rng.uniform(0.03, 0.4)
    sounds = []
    for _ in range(rng.integers(1, 5)):
        n = round(length * rng.uniform(0.7, 1.25) * rate)
        trill = 1 + vibrato * np.sin(2 * np.pi * rng.uniform(5, 8) * np.arange(n) / rate)
        pitch = base * trill * curve(n, [0.8, rng.uniform(1, 1.25), rng.uniform(0.9, 1.2), 0.75])
        cry = voice(rng, pitch, rate, formants, breath, 0.82)
        cry *= fade(n, rng.uniform(0.1, 0.25), rng.uniform(0.2, 0.4))
        n = round(rng.uniform(0.1, 0.25) * rate)
        gasp = noise(rng, n, rate, -3, 900, 4000) * fade(n, 0.6, 0.3)
        gasp *= amplitude(rng.uniform(-26, -12))
        sounds += [(cry, rng.uniform(0.05, 0.3)), (gasp, rng.uniform(0.05, 0.3))]
    return sounds


def _sneezing(rng: Generator, rate: int, seconds: float) -> Sounds:
    """A sharp intake of breath ('ah'), then a burst ('tschoo'): hissing teeth first, then the
    voice, falling.
    """
    base, voiced = log_uniform(rng, 170, 480), rng.uniform(0.2, 1.3)
    mouth = [(rng.uniform(500, 900), 250), (rng.uniform(1200, 2000), 400)]
    hiss = log_uniform(rng, 1300, 3200)
    sounds = []
    for _ in range(rng.integers(1, 4)):
        n = round(rng.uniform(0.1, 0.4) * rate)
        pitch = base * curve(n, [0.9, 1.3])
        intake = voice(rng, pitch, rate, mouth, rng.uniform(0.4, 3), 0.7) * fade(n, 0.7, 0.15)
        n = round(rng.uniform(0.15, 0.4) * rate)
        burst = noise(rng, n, rate, -2, hiss, 2.5 * hiss) * fade(n, 0.05, 0.9) ** 1.5
        pitch = base * curve(n, [1.6, 1.3, 0.8])
        burst += voiced * voice(rng, pitch, rate, mouth, 0.5, 0.75) * fade(n, 0.25, 0.7)
        pause = np.zeros(round(rng.uniform(0.0, 0.1) * rate))
        sneeze = np.concatenate([intake * amplitude(rng.uniform(-22, -6)), pause, burst])
        sounds.append((sneeze, rng.uniform(0.3, 1.2)))
    return sounds


def _clock_tick(rng: Generator, rate: int, seconds: float) -> Sounds:
    """Ticks and tocks at an even pace: two or three impacts of an escapement that excite a few
    modes of the case.
    """
    period = log_uniform(rng, 0.16, 1.0)
    time = np.arange(round(rng.uniform(0.03, 0.08) * rate)) / rate
    modes = np.exp(rng.uniform(np.log(500), np.log(6500), (2, 4, 1)))
    decay = rng.uniform(0.002, 0.012, (4, 1))
    if rng.random() < 0.4:
        modes[1] = modes[0]  # a quartz clock: no tock
    impacts = np.append(0, rng.uniform(0.003, 0.02, rng.integers(0, 3)))
    kinds = []
    for mode in modes:
        level = rng.lognormal(0, 0.7, (4, 1))
        ring = (level * np.sin(2 * np.pi * mode * time) * np.exp(-time / decay)).sum(0)
        hits = np.zeros(len(time))
        hits[(impacts * rate).astype(int)] = rng.uniform(0.3, 1, len(impacts))
        kinds.append(unit_power(np.convolve(hits, ring)[: len(time)] * fade(len(time), 0.0, 0.3)))
    ticks = max(2, round(rng.uniform(0.4, 1.0) * seconds / period))
    return [(kinds[tick % 2], period - len(time) / rate) for tick in range(ticks)]


def _helicopter(rng: Generator, rate: int, seconds: float) -> Sounds:
    """Blade slaps 9 to 24 times a second with their harmonics, noise that pulses with them, often a
    turbine's whine.
    """
    n = round(rng.uniform(0.35, 0.7) * seconds * rate)
    blades = log_uniform(rng, 9, 24) * curve(n, 1 + rng.uniform(-0.04, 0.04, 3))
    slap = harmonics(blades, rate, rng.uniform(0.8, 0.97))
    slap = unit_power(resonate(slap, rate, [(log_uniform(rng, 60, 250), 150)]))
    depth, phase = rng.uniform(0.3, 1.0), 2 * np.pi * np.cumsum(blades) / rate
    pulse = 1 + depth * np.cos(phase + rng.uniform(0, 6))
    wind = noise(rng, n, rate, rng.uniform(-8, -3), 80) * pulse
    whine = harmonics(log_uniform(rng, 700, 3500) * blades / blades.mean(), rate, 0.2)
    sound = wind + whine * amplitude(rng.uniform(-40, -18)) + slap * amplitude(rng.uniform(-8, 5))
    return [(sound * fade(n, rng.uniform(0.2, 0.5), rng.uniform(0.2, 0.5)), 0)]


def _chainsaw(rng: Generator, rate: int, seconds: float) -> Sounds:
    """A two-stroke motor at up to 200 firings a second, faster and slower with throttle and load,
    and the chain.
    """
    n = round(rng.uniform(0.3, 0.6) * seconds * rate)
    throttle = curve(n, np.append(rng.uniform(0.4, 0.8), rng.uniform(0.5, 1.1, rng.integers(2, 7))))
    firing = log_uniform(rng, 75, 200) * throttle * (1 + 0.004 * wander(rng, n, 40.0, rate))
    muffler = [
        (centre, centre) for centre in (log_uniform(rng, 300, 900), log_uniform(rng, 1200, 4000))
    ]
    motor = unit_power(resonate(harmonics(firing, rate, rng.uniform(0.9, 0.98)), rate, muffler))
    pulse = 1 + rng.uniform(0, 0.9) * np.cos(2 * np.pi * np.cumsum(firing) / rate)
    chain = noise(rng, n, rate, rng.uniform(-5, -1), 300) * pulse * amplitude(rng.uniform(-20, 2))
    return [
        ((motor + chain) * throttle * fade(n, rng.uniform(0.03, 0.3), rng.uniform(0.03, 0.3)), 0)
    ]


CLASSES: dict[str, tuple[int, SoundsOf]] = {
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
"""Class names in the order of their targets, each with its number in ESC-50 and its sounds."""
