"""Spoken digits of speakers who never lived: every clip can be said again with one cause changed,
and nothing else. Taught in notebook 11.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch

from .clips import Clip, Dataset, clip_from_table
from .speech import HOP, NEUTRAL, WORDS, filter_grid, filtered, pulses, resonances, tracks
from .synthesis import log_uniform, wander

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
REGISTERS = ("low", "high")
LINKS = ("independent", "linked", "only")
PITCH = {"low": (90.0, 150.0), "high": (170.0, 260.0)}  # hertz
TRACT = {"low": (0.86, 1.0), "high": (1.04, 1.18)}  # of resonances; both together where unlinked
LEVEL = 0.035  # of full scale


@dataclass(frozen=True)
class Speaker:
    """What stays the same from one word of a speaker to the next.

    Attributes
    ----------
    register : "low" or "high"
    pitch : float
        In hertz.
    tract : float
        Factor of all resonances: 1.1 is a tract a tenth shorter.
    tilt : float
        Of the glottis, in decibels an octave.
    rate : float
        Of speaking.
    breath : float
        Noise of the glottis, in shares of its pulses.
    """

    register: str
    pitch: float
    tract: float
    tilt: float
    rate: float
    breath: float


@dataclass(frozen=True, eq=False)
class Spoken(Clip):
    """A clip that knows what made it.

    Attributes
    ----------
    speaker : Speaker
    digit : int
    seed : tuple of int
        Of all random numbers: the start of the word, its melody, its noise.
    causes : dict
        What was changed, see `with_`.
    """

    speaker: Speaker = Speaker("low", 120.0, 1.0, -9.0, 1.0, 0.05)
    digit: int = 0
    seed: tuple[int, ...] = (0,)
    causes: dict | None = None

    def with_(self, **causes) -> "Spoken":
        """The same word from the same random numbers with causes changed.

        Parameters
        ----------
        f0 : float, optional
            A factor of the pitch; the resonances stay.
        tract : float, optional
            A factor of the resonances; the pitch stays.
        formants : sequence of int, optional
            Those of 1, 2, 3 that are held where a tract of one width has them.
        hiss : float, optional
            A factor of the noise made in the mouth; 0 is none.
        speaker : Speaker, optional
            Who says it, at the same place.
        digit : int, optional
            What is said, beginning at the same place.

        Raises
        ------
        ValueError
            If there is no such cause, or a factor is not positive (the hiss: negative).

        Notebook: 11.

        Examples
        --------
        >>> clip = load(speakers=2, takes=1)[3]
        >>> bool((clip.with_(f0=1.0).waveform == clip.waveform).all())
        True
        >>> clip.with_(f0=1.5).causes
        {'f0': 1.5}
        """
        wanted = (self.causes or {}) | causes
        who, what = wanted.get("speaker", self.speaker), wanted.get("digit", self.digit)
        factors = {k: v for k, v in wanted.items() if k not in ("speaker", "digit")}
        waveform = speak(what, who, self.seed, self.sample_rate, self.waveform.shape[1], **factors)
        return replace(self, waveform=waveform, causes=wanted)


def speak(
    digit: int,
    speaker: Speaker,
    seed: Sequence[int],
    sample_rate: int = 8_000,
    samples: int = 8_000,
    f0: float = 1.0,
    tract: float = 1.0,
    formants: Sequence[int] = (),
    hiss: float = 1.0,
) -> torch.Tensor:
    """A spoken digit, (1, samples). See `Spoken.with_` for what can be changed.

    Random numbers are drawn in one order, whatever is changed, and no level is adjusted afterwards:
    two calls differ in nothing but the cause.

    Raises
    ------
    ValueError
        If a factor is not positive, a formant is none of 1, 2, 3, or the digit none of 0 to 9.

    Notebook: 11.

    Examples
    --------
    >>> speaker = Speaker("low", 120.0, 1.0, -9.0, 1.0, 0.05)
    >>> word = speak(1, speaker, seed=[0])
    >>> silent = speak(1, speaker, seed=[0], hiss=0.0)
    >>> word.shape, bool((word == silent).all())  # no hiss in "one"
    (torch.Size([1, 8000]), True)
    """
    if not (f0 > 0 and tract > 0 and hiss >= 0):
        raise ValueError(
            f"f0 and tract are above 0 and hiss is not below, not {f0}, {tract}, {hiss}"
        )
    if not set(formants) <= {1, 2, 3}:
        raise ValueError(f"formants are among 1, 2 and 3, not {formants!r}")
    if digit not in range(10):
        raise ValueError(f"a digit is one of 0 to 9, not {digit!r}")
    rng = np.random.default_rng(list(seed))
    place, level, fall = rng.random(), rng.normal(0, 2), rng.uniform(0.1, 0.3)
    moves = wander(rng, samples, 4.0, sample_rate)
    mouth, throat, room = rng.standard_normal((3, samples))
    mouth_track = tracks(WORDS[digit], speaker.rate)
    frames = len(mouth_track["voiced"])
    word = round(frames * HOP * sample_rate)
    if word > samples:
        raise ValueError(f"the word takes {word} samples, and the clip has {samples}")
    time = np.linspace(0, 1, word)
    pitch = f0 * speaker.pitch * (1 + fall * (0.5 - time) + 0.02 * moves[:word])
    glottis = pulses(pitch, sample_rate) + speaker.breath * 12 * throat[:word]
    hertz = filter_grid(sample_rate)
    held = mouth_track["formants"].copy()
    for number in formants:
        held[:, number - 1] = NEUTRAL[number - 1]
    tilt = 10 ** (speaker.tilt / 20 * np.log2(np.maximum(hertz, 100.0) / 100.0))
    gains = resonances(held, speaker.tract * tract, hertz) * tilt * mouth_track["voiced"][:, None]
    low, high = mouth_track["band"][:, :1], mouth_track["band"][:, 1:]
    edge = 150.0
    band = 1 / (1 + np.exp((low - hertz) / edge)) / (1 + np.exp((hertz - high) / edge))
    said = filtered(glottis, gains, sample_rate)
    said += filtered(mouth[:word] * 3 * hiss, band * mouth_track["hiss"][:, None], sample_rate)
    begin = round(place * (samples - word))
    wave = 1e-3 * room
    wave[begin : begin + word] += said
    waveform = torch.from_numpy(np.float32(LEVEL * 10 ** (level / 20) * wave))[None]
    return waveform.clamp(-1, 1)


def speakers_of(count: int, link: str = "independent", seed: int = 0) -> list[Speaker]:
    """Speakers, low and high in turn.

    Parameters
    ----------
    count : int
        From 1. A speaker does not depend on how many there are.
    link : str, default "independent"
        How register, pitch and tract belong together. "independent": a high speaker has a high
        pitch, and a tract of any length. "linked", as in people: a high pitch and a short tract.
        "only": a short tract, and a pitch that says nothing.
    seed : int, default 0

    Raises
    ------
    ValueError
        If there is no such link, or no speaker.

    Notebook: 11.

    Examples
    --------
    >>> [speaker.register for speaker in speakers_of(3)]
    ['low', 'high', 'low']
    >>> all(s.tract > 1 for s in speakers_of(20, "linked") if s.register == "high")
    True
    """
    if link not in LINKS:
        raise ValueError(f"link is one of {', '.join(LINKS)}, not {link!r}")
    if count < 1:
        raise ValueError(f"at least one speaker is needed, not {count!r}")
    found = []
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        register = REGISTERS[number % 2]
        pitch_of, tract_of = rng.permutation(2)
        pitch = REGISTERS[pitch_of] if link == "only" else register
        tract = REGISTERS[tract_of] if link == "independent" else register
        found.append(
            Speaker(
                register,
                log_uniform(rng, *PITCH[pitch]),
                log_uniform(rng, *TRACT[tract]),
                tilt=rng.uniform(-12, -6),
                rate=rng.uniform(0.85, 1.2),
                breath=rng.uniform(0.02, 0.1),
            )
        )
    return found


def load(
    speakers: int = 40,
    takes: int = 4,
    task: str = "digit",
    link: str = "independent",
    seed: int = 0,
    sample_rate: int = 8_000,
) -> Dataset:
    """Spoken digits, or who speaks them, nothing to download.

    Parameters
    ----------
    speakers : int, default 40
        Low and high in turn; each belongs to one fold.
    takes : int, default 4
        Of each digit and speaker.
    task : "digit" or "register", default "digit"
        What the label is.
    link : see `speakers_of`
    seed : int, default 0
        Another seed gives other speakers and other clips.
    sample_rate : int, default 8000
        In hertz, that or more. Clips last one second.

    Returns
    -------
    Dataset
        Of clips that can be said again with a cause changed, see `Spoken.with_`. Its table has
        name, label, target, fold (1 to 5), speaker (a number), register, digit, take, pitch (Hz)
        and tract.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Notebook: 11.

    Examples
    --------
    >>> clips = load(speakers=2, takes=1)
    >>> len(clips), clips[3].label, clips.table["register"].unique().tolist()
    (20, 'three', ['low', 'high'])
    """
    if task not in ("digit", "register"):
        raise ValueError(f"task is digit or register, not {task!r}")
    if takes < 1 or seed < 0 or sample_rate < 8_000:
        asked = f"{takes}, {seed} and {sample_rate}"
        raise ValueError(f"takes start at 1, seeds at 0 and rates at 8000, not {asked}")
    who = speakers_of(speakers, link, seed)
    index = pd.MultiIndex.from_product([range(speakers), range(10), range(takes)])
    table = index.set_names(["speaker", "digit", "take"]).to_frame(index=False)
    table["register"] = [who[number].register for number in table["speaker"]]
    table["pitch"] = [who[number].pitch for number in table["speaker"]]
    table["tract"] = [who[number].tract for number in table["speaker"]]
    classes = DIGITS if task == "digit" else REGISTERS
    table["target"] = table["digit"] if task == "digit" else table["speaker"] % 2
    table["label"] = [classes[target] for target in table["target"]]
    table["fold"] = table["speaker"] // 2 % 5 + 1
    parts = zip(table["speaker"], table["digit"], table["take"], strict=True)
    table["name"] = [f"{link}-{seed}-{speaker:03}-{digit}-{take}" for speaker, digit, take in parts]

    def make(row: pd.Series) -> Spoken:
        said = {"speaker": who[row["speaker"]], "digit": int(row["digit"])}
        said["seed"] = (seed, int(row["speaker"]), int(row["digit"]), int(row["take"]))
        waveform = speak(**said, sample_rate=sample_rate, samples=sample_rate)
        return Spoken(waveform, sample_rate, **clip_from_table(row), **said)

    return Dataset("voices", classes, sample_rate, table, make)
