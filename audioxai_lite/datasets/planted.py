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

from audioxai_lite.datasets import download, recordings
from audioxai_lite.datasets.clips import Clip, Dataset, Event
from audioxai_lite.sound import audio, levels

SCENES = ("rain", "sea_waves")
KINDS = (
    "dog",
    "rooster",
    "crackling_fire",
    "crying_baby",
    "sneezing",
    "clock_tick",
    "helicopter",
    "chainsaw",
)
SPLITS = ("train", "validation", "test")
SHARES = (0.5, 0.2, 0.3)  # of the recordings of each class, by split
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
    if scene not in SCENES:
        raise ValueError(f"scene must be one of {', '.join(SCENES)}, not {scene!r}")
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, not {split!r}")
    if min(normal, anomalous, seed) < 0:
        raise ValueError(
            f"normal, anomalous and seed start from 0, not {normal}, {anomalous} and {seed}"
        )
    if not (2 <= seconds <= 5 and sample_rate >= 8_000):
        raise ValueError(
            f"clips last 2 to 5 s at 8000 Hz or more, not {seconds} s at {sample_rate} Hz"
        )
    low, high = snr
    if not -np.inf < low <= high < np.inf:
        raise ValueError(f"snr is the lowest and the highest ratio in decibels, not {snr}")
    samples = round(seconds * sample_rate)
    folder = download.folder("esc10")
    listed = recordings.esc("esc10").table

    def starts(file: str) -> np.ndarray:
        return _unbroken(_recording(folder / file, sample_rate), samples, sample_rate)

    files = {kind: _of_split(listed[listed["label"] == kind], split) for kind in (scene, *KINDS)}
    files[scene] = [(source, file) for source, file in files[scene] if len(starts(file))]
    if not all(files.values()):
        raise download.DownloadError(
            f"esc10 in {folder.parent} lacks recordings of {scene} for {split}, or some to plant in it. "
            "Complete it with `python -m audioxai_lite download esc10`."
        )
    stream = (seed, SCENES.index(scene), SPLITS.index(split))

    def describe(target: int, number: int) -> dict:
        rng = np.random.default_rng([*stream, target, number, 0])
        label, kind = ("anomalous", KINDS[number % len(KINDS)]) if target else ("normal", "normal")
        row = {"kind": kind, "number": number, "label": label, "target": target}
        row |= {"name": f"{split}-{label}-{number:04d}", "fold": 0}
        row["src_file"], row["file"] = files[scene][rng.integers(len(files[scene]))]
        if target:
            row["planted_src_file"], row["planted_file"] = files[kind][
                rng.integers(len(files[kind]))
            ]
            row["snr"] = rng.uniform(low, high)
        return row

    rows = [describe(0, number) for number in range(normal)] + [
        describe(1, number) for number in range(anomalous)
    ]
    columns = ["kind", "number", "label", "target", "name", "fold", "snr"]
    table = pd.DataFrame(
        rows, columns=columns + ["file", "src_file", "planted_file", "planted_src_file"]
    )
    table["planted_src_file"] = table["planted_src_file"].astype(
        "Int64"
    )  # an integer or, in normal clips, absent

    def make(row: pd.Series) -> Clip:
        rng = np.random.default_rng([*stream, row["target"], row["number"], 1])
        start = rng.choice(starts(row["file"]))
        excerpt = _recording(folder / row["file"], sample_rate)[:, start : start + samples]
        twin = levels.rms_normalise(excerpt, LEVEL * 10 ** (rng.uniform(-1, 1) / 20))
        waveform = twin.clone()
        events: tuple[Event, ...] = ()
        if row["target"]:
            length = round(rng.uniform(0.6, 1.2) * sample_rate)
            start = round(rng.uniform(0.2 * sample_rate, samples - length - 0.2 * sample_rate))
            sound = _loudest(
                _recording(folder / row["planted_file"], sample_rate), length, sample_rate
            )
            inside = slice(start, start + length)
            waveform[:, inside] = levels.mix_at_snr(twin[:, inside], sound, -row["snr"])
            events = (Event(start / sample_rate, (start + length) / sample_rate, row["kind"]),)
        gain = min(1.0, 0.98 / max(waveform.abs().max().item(), twin.abs().max().item()))
        return Clip(
            waveform * gain,
            sample_rate,
            row["name"],
            row["label"],
            int(row["target"]),
            events=events,
            twin=twin * gain if events else None,
        )

    return Dataset("planted", ("normal", "anomalous"), sample_rate, table, make)


def _of_split(listed: pd.DataFrame, split: str) -> list[tuple[int, str]]:
    """The files of one class whose recordings belong to a split: (number of the recording on
    freesound, file).
    """
    recordings = np.unique(listed["src_file"])
    first, last = np.round(np.cumsum([0, *SHARES]) * len(recordings)).astype(int)[
        SPLITS.index(split) :
    ][:2]
    mine = listed[
        listed["src_file"].isin(np.random.default_rng(0).permutation(recordings)[first:last])
    ]
    return sorted(zip(mine["src_file"], mine["file"], strict=True))


@lru_cache(maxsize=256)  # about 80 MB at 16 kHz: all that one split of one scene needs
def _recording(file: Path, sample_rate: int) -> Tensor:
    """A file as it is, shape (1, samples). It is shared: never write into it."""
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
    window = np.hanning(-(-samples // frame) + 2)[
        1:-1
    ]  # weighted, or a short sound would lie at the excerpt's edge
    start = np.convolve(_power(recording, frame), window, "valid").argmax() * frame
    edge = torch.arange(1, samples + 1).minimum(torch.arange(samples, 0, -1)) / (0.02 * sample_rate)
    return recording[:, start : start + samples] * (
        0.5 - 0.5 * torch.cos(torch.pi * edge.clamp(max=1))
    )
