"""CREPE asked at length: how often it finds a pitch, and which methods point at the harmonics.
Notebook: 14.
"""

import time

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ...explanation import explain
from ...masks.rules import top_k
from ...methods import METHODS
from ...recording import Recording
from ..studies import study, study_settings
from . import networks, pitch


@study(
    "pitch_noise", study_settings(part=[0, 1, 2, 3]), ["part", "noise", "hertz", "CREPE", "pYIN"]
)
def pitch_noise_cell(part: int) -> pd.DataFrame:
    """Fifty tones, each alone and in noise: does CREPE find the pitch, does pYIN?"""
    torch.set_num_threads(1)
    return pitch.pitch_accuracy(networks.pitch_model(), part)


@study(
    "pitch_methods",
    study_settings(sound=list(pitch.COMPETITORS)),
    ["sound", "method", "share", "stays", "moves", "seconds", "reason"],
)
def pitch_methods_cell(sound: str) -> pd.DataFrame:
    """How much of each method's positive map lies at the harmonics; and, with as many of its
    largest bins as there are such bins, whether the pitch stays with them, and moves without.

    The rule, written on 2026-11-26 before this table, when the figures of four methods were known:
    beside competitors, a method that the doctor lets pass puts .90 or more at the harmonics.
    """
    torch.set_num_threads(1)
    model, waveform = networks.pitch_model(), pitch.pitch_sounds()[sound]
    model.check(waveform, detail=pitch.DETAIL)
    recording = model.hear(waveform)
    cells = pitch.harmonic_cells(recording)
    options, target = pitch.fine_options(recording), pitch.pitch_bin(pitch.PITCH)
    rows = _of_controls(recording, cells)
    for method in METHODS:
        start = time.monotonic()
        row: dict[str, object] = {"method": method, "reason": ""}
        try:
            found = explain(model, waveform, method, target, **options.get(method, {})).map
        except ValueError as error:
            row["reason"] = str(error).splitlines()[0]
        else:
            row |= _of_map(recording, found, cells)
        rows.append(row | {"seconds": time.monotonic() - start})
    return pd.DataFrame(rows)


# The methods that the doctor lets pass for CREPE with this detail.
FINE_METHODS = ("saliency", "SmoothGrad", "integrated gradients", "GradientSHAP")


@study(
    "pitch_shares",
    study_settings(part=[0, 1]),
    ["part", "hertz", "sound", "method", "share", "stays", "moves"],
)
def pitch_shares_cell(part: int) -> pd.DataFrame:
    """The same for ten pitches, each beside both competitors, with noise of its own.

    The rule, written on 2026-11-26 before these figures, when those of `pitch_methods` were known:
    a method passes if the 95 % interval over pitches of its mean share lies at .90 or above for
    both competitors; it fails if one lies below as a whole; otherwise it is undecided.
    """
    torch.set_num_threads(1)
    model, random = networks.pitch_model(), np.random.default_rng(part)
    tables = []
    for number in range(10):
        hertz = float(np.exp(random.uniform(np.log(100), np.log(400))))
        sounds, target = pitch.pitch_sounds(hertz, seed=100 * part + number), pitch.pitch_bin(hertz)
        for sound in pitch.COMPETITORS:
            recording = model.hear(sounds[sound])
            cells = pitch.harmonic_cells(recording, hertz)
            rows = _of_controls(recording, cells, hertz)
            for method in FINE_METHODS:
                options = pitch.fine_options(recording).get(method, {})
                found = explain(model, sounds[sound], method, target, **options).map
                rows.append({"method": method} | _of_map(recording, found, cells, hertz))
            tables.append(pd.DataFrame(rows).assign(hertz=hertz, sound=sound))
    return pd.concat(tables, ignore_index=True)


def _of_map(
    recording: Recording, found: Tensor, cells: Tensor, hertz: float = pitch.PITCH
) -> dict[str, float]:
    largest = top_k(found, float(cells.mean()))
    return {"share": pitch.share_inside(found, cells)} | pitch.stays_and_moves(
        recording, largest, hertz
    )


def _of_controls(recording: Recording, cells: Tensor, hertz: float = pitch.PITCH) -> list[dict]:
    """The harmonics themselves, the loudest bins, and 20 draws of random cells."""
    draws = pitch.chance_masks(cells)
    by_chance = {"share": float((draws * cells).sum() / draws.sum())}
    by_chance |= pitch.stays_and_moves(recording, draws, hertz)
    return [
        {"method": "harmonics", "share": 1.0} | pitch.stays_and_moves(recording, cells, hertz),
        {"method": "energy"} | _of_map(recording, pitch.power(recording), cells, hertz),
        {"method": "random cells"} | by_chance,
    ]
