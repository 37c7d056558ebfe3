"""Spoken digits of people: networks that have never heard the speaker. Notebook: 11."""

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ... import datasets
from ...datasets.clips import Dataset
from ...models.digits import SAMPLE_RATE
from ..studies import study, study_columns, study_settings
from .networks import KINDS, as_values, sounds, trained_on
from .studies import RIGHT, removed

SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
TRAININGS = (0, 1, 2)
REMOVED_FROM = 10  # takes of each digit, of fifty


def placed(digits: Dataset) -> Tensor:
    """Recordings, (clips, samples), each with its word at a place drawn in its second, and as loud
    as the voices of `datasets.voices`.

    A clip's place hangs on its name alone, so that every training hears it at the same one.
    """
    waveforms = sounds(digits)
    for waveform, name in zip(waveforms, digits.table["name"], strict=True):
        free = SAMPLE_RATE - 1 - int(waveform.nonzero().max())
        rng = np.random.default_rng([int(part) for part in name.encode()])
        waveform.copy_(waveform.roll(int(rng.integers(free + 1))))
    word = waveforms.square().mean(dim=1, keepdim=True).sqrt()
    return (waveforms * 0.026 / word).clamp(-1, 1)


@study(
    "spoken_recordings",
    study_settings(kind=[*KINDS], speaker=[*SPEAKERS], seed=[*TRAININGS]),
    ["kind", "fill", "order", "seed", "clips", *study_columns("right", *RIGHT)],
    means_by=["kind", "fill", "order"],
)
def spoken_recordings_cell(kind: str, speaker: str, seed: int) -> pd.DataFrame:
    """Train a network on the recorded digits of five speakers, ask it about the 500 of the sixth,
    and take away from a hundred of them what maps and controls rank highest.

    The rule for "networks on spectrograms are better than networks on waveforms", fixed before these
    figures (2026-11-27; those of four to six folds of the feasibility study's networks were known):
    it holds if over six speakers and three trainings, of each kind, the share of right answers is
    clearly larger on spectrograms, by the paired interval over speakers and trainings; it does not
    hold if clearly smaller; else it is undecided.
    """
    torch.set_num_threads(1)
    digits = datasets.load("fsdd")
    others = [name for name in SPEAKERS if name != speaker]
    heard = digits.select(speaker=others)
    label = torch.tensor(heard.table["target"].to_list())
    network, _ = trained_on(kind, "digit", placed(heard), label, seed)
    test = digits.select(speaker=speaker)
    values, said = as_values(kind, placed(test)), torch.tensor(test.table["target"].to_list())
    right = (network(values).argmax(dim=1) == said).double().numpy()
    names = test.table["name"].to_numpy()
    whole = pd.DataFrame({"clip": names, "right": right, "fill": "none", "order": "none"})
    some = (test.table["index"] < REMOVED_FROM).to_numpy()
    parts = removed(network, None, values[some], said[some])
    return pd.concat([whole, *(table.assign(clip=names[some]) for table in parts)])
