"""Rain or sea waves with another sound planted at a known time and level: the real counterpart of
`machine`.

Made from ESC-10, which must have been downloaded. A normal clip is an excerpt of a recording of one
scene; an anomalous clip is such an excerpt with one of another class mixed in, and its clean twin
is the excerpt before that. Every clip has its own random generators, so clip n is the same whatever
else is generated.
"""

from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ..sound import audio, levels
from . import download, recordings
from .clips import Clip, Dataset, Event, clip_from_table
from .sources import ESC10_CLASSES

SCENES = ("rain", "sea_waves")
KINDS = tuple(label for label in ESC10_CLASSES if label not in SCENES)
SPLITS = ("train", "validation", "test")
SHARES = (0.5, 0.2, 0.3)  # of the recordings of each class, by split
COLUMNS = ["kind", "number", "label", "target", "name", "fold", "snr"]
COLUMNS += ["file", "src_file", "planted_file", "planted_src_file"]
LEVEL = 0.02  # root mean square of a scene: low, so that a planted click seldom reaches full scale


def load(
    scene: Literal["rain", "sea_waves"] = "rain",
    split: Literal["train", "validation", "test"] = "test",
    normal: int = 100,
    anomalous: int = 100,
    seconds: float = 4.0,
    sample_rate: int = 16_000,
    snr: tuple[float, float] = (0.0, 10.0),
    seed: int = 0,
) -> Dataset:
    """A scene's recordings: normal clips first, then clips with a planted sound, whose kinds take
    turns.

    Every excerpt of the scene has a root mean square of `LEVEL`, give or take 1 dB. A planted sound
    is the loudest 0.6 to 1.2 s of its recording, with fades of 20 ms. A clip that would exceed full
    scale is scaled down with its twin.

    Parameters
    ----------
    scene : "rain" or "sea_waves"
    split : "train", "validation" or "test"
        Recordings, not clips, are split, those of the scene as well as the planted ones, the same
        way for every seed. Training needs normal clips only: pass `anomalous=0`.
    normal, anomalous : int
        Number of clips; more clips never change the first ones. Many are excerpts of the same
        recording.
    seconds : float, default 4.0
        2 to 5, as long as the recordings. Of the scene only stretches without silence serve (10 ms
        more than 40 dB below the recording's mean power; ESC-10 pads with zeros): a recording
        without so long a one is left out.
    sample_rate : int, default 16000
        In hertz, at least 8000.
    snr : tuple of float, default (0, 10)
        Lowest and highest ratio, in decibels, of the root mean square of the planted sound, fades
        included, to that of the scene during the event. Each clip draws its own; another range
        changes nothing else about it.
    seed : int, default 0

    Returns
    -------
    Dataset
        Classes "normal" and "anomalous"; `kind` in the table is "normal" or one of `KINDS`. Further
        columns than `machine` has: snr, file and src_file (the freesound recording) of the scene,
        planted_file, planted_src_file. Anomalous clips have one event and a twin.

    Raises
    ------
    ValueError
        If the scene or split is unknown, a number negative, the clip too short or long, the rate
        too low, or `snr` not a range.
    DownloadError
        If ESC-10 is not there or incomplete; the message names the command that fetches it.

    Source: K. J. Piczak, *ESC: Dataset for Environmental Sound Classification*, ACM Multimedia
    2015. Notebook: 02.

    Examples
    --------
    >>> clip = load("rain", normal=0, anomalous=1)[0]  # once ESC-10 is downloaded
    >>> clip.label, clip.events[0].kind
    ('anomalous', 'dog')
    """
    _check(scene, split, (normal, anomalous, seed), seconds, sample_rate, snr)
    samples = round(seconds * sample_rate)
    folder = download.folder("esc10")
    files = _files(folder, scene, split, samples, sample_rate)
    stream = (seed, SCENES.index(scene), SPLITS.index(split))
    rows = []
    for target, clips in enumerate((normal, anomalous)):
        for number in range(clips):
            rng = np.random.default_rng([*stream, target, number, 0])
            kind = KINDS[number % len(KINDS)] if target else "normal"
            label = "anomalous" if target else "normal"
            row = {"kind": kind, "number": number, "label": label, "target": target}
            row |= {"name": f"{split}-{label}-{number:04d}", "fold": 0}
            rows.append(row | _drawn(rng, files[scene], files.get(kind), snr))
    table = pd.DataFrame(rows, columns=COLUMNS)
    # An integer or, in normal clips, absent.
    table["planted_src_file"] = table["planted_src_file"].astype("Int64")

    def make(row: pd.Series) -> Clip:
        rng = np.random.default_rng([*stream, row["target"], row["number"], 1])
        twin = _excerpt(rng, _recording(folder / row["file"], sample_rate), samples, sample_rate)
        waveform, events = twin.clone(), list[Event]()
        if row["target"]:
            waveform, event = _with_sound(rng, twin, folder, row, sample_rate)
            events.append(event)
        gain = min(1.0, 0.98 / max(waveform.abs().max().item(), twin.abs().max().item()))
        clean = twin * gain if events else None
        return Clip(
            waveform * gain, sample_rate, **clip_from_table(row), events=tuple(events), twin=clean
        )

    return Dataset("planted", ("normal", "anomalous"), sample_rate, table, make)


def _check(
    scene: str,
    split: str,
    from_zero: tuple[int, int, int],
    seconds: float,
    sample_rate: int,
    snr: tuple[float, float],
) -> None:
    if scene not in SCENES:
        raise ValueError(f"scene must be one of {', '.join(SCENES)}, not {scene!r}")
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, not {split!r}")
    if min(from_zero) < 0:
        normal, anomalous, seed = from_zero
        numbers = f"{normal}, {anomalous} and {seed}"
        raise ValueError(f"normal, anomalous and seed start from 0, not {numbers}")
    if not (2 <= seconds <= 5 and sample_rate >= 8_000):
        asked = f"{seconds} s at {sample_rate} Hz"
        raise ValueError(f"clips last 2 to 5 s at 8000 Hz or more, not {asked}")
    low, high = snr
    if not -np.inf < low <= high < np.inf:
        raise ValueError(f"snr is the lowest and the highest ratio in decibels, not {snr}")


Recordings = list[tuple[int, str]]
"""The number on freesound and the file of each."""


def _files(
    folder: Path, scene: str, split: str, samples: int, sample_rate: int
) -> dict[str, Recordings]:
    """The recordings of a split: those of the scene that serve, and those to plant, by kind."""
    listed = recordings.esc("esc10").table
    files = {kind: _of_split(listed[listed["label"] == kind], split) for kind in (scene, *KINDS)}
    files[scene] = [
        (source, file)
        for source, file in files[scene]
        if len(_unbroken(_recording(folder / file, sample_rate), samples, sample_rate))
    ]
    if not all(files.values()):
        raise download.DownloadError(
            f"esc10 in {folder.parent} lacks recordings of {scene} for {split}, or some to plant "
            "in it. Complete it with `python -m audioxai_lite download esc10`."
        )
    return files


def _drawn(
    rng: np.random.Generator,
    scenes: Recordings,
    to_plant: Recordings | None,
    snr: tuple[float, float],
) -> dict:
    """What of a row is drawn: the recording of the scene, the planted one, their ratio."""
    src_file, file = scenes[rng.integers(len(scenes))]
    row = {"src_file": src_file, "file": file}
    if to_plant is not None:
        row["planted_src_file"], row["planted_file"] = to_plant[rng.integers(len(to_plant))]
        row["snr"] = rng.uniform(*snr)
    return row


def _excerpt(rng: np.random.Generator, recording: Tensor, samples: int, sample_rate: int) -> Tensor:
    """A stretch without silence, at `LEVEL` give or take 1 dB."""
    start = rng.choice(_unbroken(recording, samples, sample_rate))
    level = LEVEL * 10 ** (rng.uniform(-1, 1) / 20)
    return levels.rms_normalise(recording[:, start : start + samples], level)


def _with_sound(
    rng: np.random.Generator, twin: Tensor, folder: Path, row: pd.Series, sample_rate: int
) -> tuple[Tensor, Event]:
    """A twin with the sound that its row plants in it, and where it lies."""
    length = round(rng.uniform(0.6, 1.2) * sample_rate)
    margin = 0.2 * sample_rate
    start = round(rng.uniform(margin, twin.shape[-1] - length - margin))
    sound = _loudest(_recording(folder / row["planted_file"], sample_rate), length, sample_rate)
    inside, waveform = slice(start, start + length), twin.clone()
    waveform[:, inside] = levels.mix_at_snr(twin[:, inside], sound, -row["snr"])
    return waveform, Event(start / sample_rate, (start + length) / sample_rate, row["kind"])


def _of_split(listed: pd.DataFrame, split: str) -> Recordings:
    """The files of one class whose recordings belong to a split."""
    sources = np.unique(listed["src_file"])
    edges = np.round(np.cumsum([0, *SHARES]) * len(sources)).astype(int)
    first, last = edges[SPLITS.index(split) :][:2]
    chosen = np.random.default_rng(0).permutation(sources)[first:last]
    of_split = listed[listed["src_file"].isin(chosen)]
    return sorted(zip(of_split["src_file"], of_split["file"], strict=True))


@lru_cache(maxsize=256)  # about 80 MB at 16 kHz: all that one split of one scene needs
def _recording(file: Path, sample_rate: int) -> Tensor:
    """A file as it is, shape (1, samples). It is shared: never write into it."""
    with recordings.repairable(file, "esc10"):
        return audio.read(file, sample_rate)[0]


def _power(recording: Tensor, frame: int) -> np.ndarray:
    """Mean power of every whole frame of so many samples."""
    frames = recording.shape[-1] // frame
    return recording[0, : frames * frame].reshape(frames, frame).square().mean(dim=1).numpy()


def _unbroken(recording: Tensor, samples: int, sample_rate: int) -> np.ndarray:
    """Where, on a grid of 10 ms, an excerpt of so many samples can start that no silent 10 ms
    interrupt.
    """
    frame = sample_rate // 100
    power, length = _power(recording, frame), -(-samples // frame)
    silent_before = np.concatenate([[0], np.cumsum(power <= 1e-4 * power.mean())])
    return np.flatnonzero(silent_before[length:] == silent_before[:-length]) * frame


def _loudest(recording: Tensor, samples: int, sample_rate: int) -> Tensor:
    """The excerpt of so many samples whose middle is loudest, faded in and out."""
    frame = sample_rate // 100
    # Weighted, or a short sound would lie at the excerpt's edge.
    window = np.hanning(-(-samples // frame) + 2)[1:-1]
    start = np.convolve(_power(recording, frame), window, "valid").argmax() * frame
    edge = torch.arange(1, samples + 1).minimum(torch.arange(samples, 0, -1)) / (0.02 * sample_rate)
    fade = 0.5 - 0.5 * torch.cos(torch.pi * edge.clamp(max=1))
    return recording[:, start : start + samples] * fade
