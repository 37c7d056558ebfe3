"""Speech-like sounds by source and filter: pulses of a glottis and noise, through resonances of a
mouth that moves. Taught in notebook 11.

Nothing here is drawn at random: whoever calls hands in the random numbers, so that a sound can be
made again with one thing changed.
"""

from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft, rfft, rfftfreq
from scipy.ndimage import gaussian_filter1d

HOP = 0.005  # seconds between two positions of the mouth
FRAME = 0.02  # seconds, of each stretch that is filtered by one of them
SMOOTH = 0.025  # seconds, the spread of the Gaussian that joins one sound to the next
HIGHER = ((3500.0, 200.0), (4500.0, 300.0))  # resonances that tell speakers apart, not sounds
NEUTRAL = (500.0, 1500.0, 2500.0)  # hertz: of a tube of one width, 17 cm long, closed at one end


@dataclass(frozen=True)
class Sound:
    """A stretch of speech.

    Attributes
    ----------
    seconds : float
    formants : (float, float, float)
        The first three resonances in hertz, of a tract of 17 cm.
    voiced : float
        Amplitude of the glottis, 0 to 1.
    hiss : float, default 0
        Amplitude of noise made in the mouth, 0 to 1.
    band : (float, float), default (2000, 4000)
        Of that noise, in hertz.
    """

    seconds: float
    formants: tuple[float, float, float]
    voiced: float
    hiss: float = 0.0
    band: tuple[float, float] = (2000.0, 4000.0)


def _gap(seconds: float) -> Sound:
    return Sound(seconds, NEUTRAL, 0.0)


SOUNDS: dict[str, Sound] = {
    "z": Sound(0.09, (300, 1700, 2500), 0.25, 0.35, (3000, 4000)),
    "ih": Sound(0.08, (400, 1900, 2550), 1.0),
    "r": Sound(0.08, (330, 1100, 1550), 0.7),
    "oh": Sound(0.12, (520, 900, 2400), 1.0),
    "oo": Sound(0.10, (330, 850, 2250), 0.9),
    "w": Sound(0.08, (310, 650, 2200), 0.6),
    "uh": Sound(0.13, (640, 1190, 2400), 1.0),
    "n": Sound(0.10, (280, 1450, 2400), 0.45),
    "t": Sound(0.035, (400, 1800, 2600), 0.0, 0.8, (2500, 4000)),
    "u": Sound(0.20, (310, 900, 2250), 0.9),
    "th": Sound(0.08, (350, 1400, 2500), 0.0, 0.15, (1400, 4000)),
    "ee": Sound(0.18, (280, 2250, 2900), 0.9),
    "f": Sound(0.10, (340, 1100, 2200), 0.0, 0.18, (1200, 4000)),
    "aw": Sound(0.14, (570, 850, 2400), 1.0),
    "ah": Sound(0.14, (740, 1200, 2500), 1.0),
    "y": Sound(0.10, (320, 2100, 2700), 0.9),
    "v": Sound(0.07, (320, 1100, 2200), 0.4, 0.1, (1200, 4000)),
    "s": Sound(0.12, (320, 1600, 2550), 0.0, 0.45, (3000, 4000)),
    "k": Sound(0.04, (350, 1700, 2300), 0.0, 0.6, (1400, 2600)),
    "eh": Sound(0.12, (550, 1780, 2500), 1.0),
    "ay": Sound(0.13, (470, 1950, 2600), 1.0),
    "-": _gap(0.05),
}
WORDS: tuple[tuple[str, ...], ...] = (
    ("z", "ih", "r", "oh", "oo"),
    ("w", "uh", "n"),
    ("-", "t", "u"),
    ("th", "r", "ee"),
    ("f", "aw", "r"),
    ("f", "ah", "y", "v"),
    ("s", "ih", "-", "k", "s"),
    ("s", "eh", "v", "uh", "n"),
    ("ay", "y", "-", "t"),
    ("n", "ah", "y", "n"),
)
"""Of the digits 0 to 9, each of sounds."""


def tracks(word: tuple[str, ...], rate: float) -> dict[str, np.ndarray]:
    """Where the mouth stands every 5 ms, while it says a word.

    Parameters
    ----------
    word : sequence of names of `SOUNDS`
    rate : float
        Of speaking: 2 takes half of the time.

    Returns
    -------
    dict
        "formants", shape (frames, 3); "voiced" and "hiss", shape (frames,); "band", (frames, 2).

    Notebook: 11.

    Examples
    --------
    >>> found = tracks(WORDS[1], rate=1.0)
    >>> found["formants"].shape, float(found["voiced"].max()) > 0.9
    ((70, 3), True)
    """
    sounds = [SOUNDS[name] for name in word]
    lengths = [max(2, round(sound.seconds / rate / HOP)) for sound in sounds]
    rows = {
        "formants": [sound.formants for sound in sounds],
        "voiced": [sound.voiced for sound in sounds],
        "hiss": [sound.hiss for sound in sounds],
        "band": [sound.band for sound in sounds],
    }
    found = {}
    for name, values in rows.items():
        steps = np.repeat(np.asarray(values, dtype=float), lengths, axis=0)
        silent = name in ("voiced", "hiss")  # before and after the word
        around = [(4, 4)] + [(0, 0)] * (steps.ndim - 1)
        steps = np.pad(steps, around, mode="constant" if silent else "edge")
        spread = SMOOTH / HOP if name == "formants" else SMOOTH / HOP / 3  # a tongue is slow
        edge = "constant" if silent else "nearest"
        found[name] = gaussian_filter1d(steps, spread, axis=0, mode=edge)
    return found


def pulses(pitch: np.ndarray, rate: int) -> np.ndarray:
    """Pulses at a pitch that may move, with every harmonic below half the rate and none above: a
    pulse has an area of one period, so that harmonics are as strong at any pitch.

    Parameters
    ----------
    pitch : ndarray, shape (samples,)
        In hertz.
    rate : int

    Notebook: 11.

    Examples
    --------
    >>> from scipy.fft import rfft
    >>> spectrum = abs(rfft(pulses(np.full(8000, 100.0), 8000)))
    >>> int(spectrum.argmax()) % 100, bool(spectrum[150] < 1e-3 * spectrum[200])
    (0, True)
    """
    turns = np.cumsum(pitch) / rate
    count = np.floor(0.999 * rate / 2 / pitch)
    below = np.sin(np.pi * turns)
    near = np.abs(below) < 1e-6
    kernel = np.sin((2 * count + 1) * np.pi * turns) / np.where(near, 1.0, below)
    return np.where(near, 2 * count + 1, kernel) - 1


def resonances(formants: np.ndarray, tract: float, hertz: np.ndarray) -> np.ndarray:
    """The gain of a tract at frequencies, the first three resonances as given, the higher ones
    fixed, all of them times `tract`: (frames, 3) → (frames, frequencies), 1 at 0 Hz.

    Source: the cascade of second-order resonators of Klatt 1980, "Software for a cascade/parallel
    formant synthesizer", without their phases. Notebook: 11.

    Examples
    --------
    >>> hertz = np.arange(0, 4000, 10.0)
    >>> gain = resonances(np.array([[500.0, 1500.0, 2500.0]]), 1.2, hertz)
    >>> int(hertz[gain[0].argmax()])
    600
    """
    widths = 50 + 0.04 * formants
    higher = np.broadcast_to([centre for centre, _ in HIGHER], (len(formants), len(HIGHER)))
    wide = np.broadcast_to([width for _, width in HIGHER], higher.shape)
    centres = tract * np.concatenate([formants, higher], axis=1)[..., None]
    bandwidths = np.concatenate([widths, wide], axis=1)[..., None]
    s = 1j * hertz
    poles = centres**2 + (bandwidths / 2) ** 2
    return np.abs(np.prod(poles / (s**2 + s * bandwidths + poles), axis=1))


def filtered(source: np.ndarray, gains: np.ndarray, rate: int) -> np.ndarray:
    """A source through gains that change every 5 ms: frames of 20 ms, overlapped and added.

    Parameters
    ----------
    source : ndarray, shape (samples,)
    gains : ndarray, shape (frames, frequencies)
        At the frequencies of `filter_grid`; frame n lies around sample n times 5 ms.
    rate : int

    Returns
    -------
    ndarray, shape (frames × 5 ms,)

    Notebook: 11.

    Examples
    --------
    >>> source = np.random.default_rng(0).standard_normal(4000)
    >>> same = filtered(source, np.ones((100, len(filter_grid(8000)))), 8000)
    >>> bool(np.allclose(same[200:3800], source[200:3800]))
    True
    """
    hop, frame, size = round(HOP * rate), round(FRAME * rate), _size(rate)
    frames = len(gains)
    padded = np.pad(source, (frame // 2, frame))
    window = np.hanning(frame + 1)[:-1]
    starts = np.arange(frames) * hop
    parts = padded[starts[:, None] + np.arange(frame)] * window
    parts = irfft(rfft(parts, size) * gains, size)
    late = size // hop
    cut = np.zeros((frames + late, late, hop))
    blocks = np.roll(parts, size // 4, axis=1).reshape(frames, late, hop)
    for k in range(late):
        cut[k : k + frames, k] = blocks[:, k]
    whole = cut.sum(axis=1).ravel()
    begin = size // 4 + frame // 2
    return whole[begin : begin + frames * hop] * 2 * hop / frame


def filter_grid(rate: int) -> np.ndarray:
    """The frequencies, in hertz, at which `filtered` takes gains.

    Examples
    --------
    >>> filter_grid(8000)[[0, 1, -1]].tolist()
    [0.0, 25.0, 4000.0]
    """
    return rfftfreq(_size(rate), 1 / rate)


def _size(rate: int) -> int:
    """Of the transform: 40 ms, room for what a resonance adds on both sides."""
    return 8 * round(HOP * rate)
