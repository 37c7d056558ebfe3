"""How good an explanation is, beside maps that know nothing of the model. Taught in notebook 14."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from . import masks
from .evaluation import localisation
from .evaluation.chance import CELL, DRAWS
from .inputs import as_floats, check_like

if TYPE_CHECKING:
    from .explanation import Explanation


def evaluate(
    explanation: "Explanation", truth: Any = None, areas: tuple[float, ...] = (0.05, 0.1, 0.3)
) -> pd.DataFrame:
    """How good an explanation is, beside maps that know nothing of the model.

    Parameters
    ----------
    explanation : Explanation
    truth : Tensor, shape of its map, of ones and zeros, optional
        Where the sound asked for lies.
    areas : tuple of float, default (0.05, 0.1, 0.3)
        Shares of the bins to keep.

    Returns
    -------
    DataFrame
        A row for the method and each control ("random cells", the mean of 20 draws, and "energy")
        at each area, and one for "all ones". Columns: kept and removed, how far the answer gets on
        each part: the probability of the class, or, for a score, the share of the way from silence
        (0) to the recording (1); AD, the drop in per cent; for classes also same, whether the
        predicted class stays (the share of the draws). Of random cells kept low and kept high, the
        middle 95 % of the draws. With a truth: inside, the share of what is
        kept that lies in it, and the average precision of the map, of "random cells" that of random
        orders of the bins.

    Notebook: 14.

    Examples
    --------
    >>> from audioxai_lite import AudioModel, explain
    >>> model = AudioModel(lambda sounds: sounds.square().mean(dim=1), sample_rate=16_000)
    >>> noise = torch.randn(8_000, generator=torch.Generator().manual_seed(0)) / 10
    >>> evaluate(explain(model, noise, "occlusion")).loc[("all ones", 1.0), "kept"].round(3)
    np.float64(1.0)
    """
    maps = {explanation.method: explanation.map, "energy": explanation.recording.energy}
    if truth is not None:
        truth = as_floats(truth, "truth")
        check_like(truth, "truth", explanation.map, "the map")
    recording, ones = explanation.recording, torch.ones_like(explanation.map)
    ends = recording.outputs(recording.masked(torch.cat([ones, torch.zeros_like(ones)])))
    rows = {}
    for area in areas:
        for name, values in maps.items():
            rows[name, area] = _scores(explanation, ends, masks.top_k(values, area), truth)
        drawn = [_scores(explanation, ends, draw, truth) for draw in _draws(explanation, area)]
        chance = pd.DataFrame(drawn)
        low, high = chance["kept"].quantile([0.025, 0.975])
        rows["random cells", area] = {**chance.mean(), "kept low": low, "kept high": high}
    rows["all ones", 1.0] = _scores(explanation, ends, ones, truth)
    table = pd.DataFrame(rows).T.rename_axis(["map", "area"])
    if truth is not None:
        seeds = range(DRAWS)
        random = [localisation.controls(ones, seed)["random"] for seed in seeds]
        orders = {name: [values] for name, values in maps.items()}
        orders |= {"random cells": random, "all ones": [ones]}
        for name, each in orders.items():
            precision = [localisation.average_precision(values, truth).item() for values in each]
            table.loc[name, "average precision"] = np.mean(precision)
    return table


def prediction_of_cells(explanation: "Explanation", draws: int = 60) -> float:
    """Correlation of what a map predicts for new random cells with what the model answers: whether
    a surrogate that was fitted to some masks holds for others.

    Parameters
    ----------
    explanation : Explanation
    draws : int, default 60
        Masks of half of the cells, of which there are at most 12 by 12.

    Returns
    -------
    float
        1 is perfect; 0 says nothing.

    Notebook: 14.

    Examples
    --------
    >>> from audioxai_lite import AudioModel, explain
    >>> model = AudioModel(lambda sounds: sounds.square().mean(dim=1), sample_rate=16_000)
    >>> noise = torch.randn(8_000, generator=torch.Generator().manual_seed(0)) / 10
    >>> prediction_of_cells(explain(model, noise, "occlusion")) > 0.5
    True
    """
    found, recording = explanation.map, explanation.recording
    half = (torch.rand(found.shape, generator=torch.Generator().manual_seed(1)) < 0.5).float()
    cell = (-(-found.shape[2] // 12), -(-found.shape[3] // 12))
    drawn = torch.cat([masks.random_like(half, cell, seed=100 + seed) for seed in range(draws)])
    predicted = (found * drawn).double().sum(dim=(1, 2, 3))
    outputs = recording.outputs(recording.masked(drawn))
    if explanation.target is not None:
        outputs = recording.model.link(outputs) if explanation.method == "LIME" else outputs
        outputs = outputs[:, explanation.target]
    together = torch.stack([predicted, outputs.double()])
    return float(torch.corrcoef(together).nan_to_num()[0, 1])


def _draws(explanation: "Explanation", area: float) -> list[Tensor]:
    mask = explanation.mask(area)
    rows, columns = mask.shape[2:]
    cell = CELL if rows > 1 else (1, max(1, columns // 50))
    return [masks.random_like(mask, cell, seed) for seed in range(DRAWS)]


def _scores(
    explanation: "Explanation", ends: Tensor, mask: Tensor, truth: Tensor | None
) -> dict[str, float]:
    """What one mask keeps and removes of the answer; `ends` answer the recording and silence."""
    recording, target = explanation.recording, explanation.target
    parts = recording.outputs(recording.masked(torch.cat([mask, 1 - mask])))
    outputs = torch.cat([ends, parts])
    if target is None:
        clean, silent, kept, removed = outputs.double().tolist()
        way = clean - silent
        way = way or np.nan  # where silence answers as the recording, there is no way
        scores = {"kept": (kept - silent) / way, "removed": (removed - silent) / way}
        scores["AD"] = 100 * float(np.maximum(0.0, 1 - scores["kept"]))  # NaN stays NaN
    else:
        probabilities = recording.model.link(outputs)[:, target].double()
        clean, _, kept, removed = probabilities.tolist()
        drop = 100 * max(0.0, clean - kept) / (clean or np.nan)
        scores = {"kept": kept, "removed": removed, "AD": drop}
        scores["same"] = float(outputs[2].argmax() == outputs[0].argmax())
    if truth is not None:
        scores["inside"] = ((mask * truth).sum() / mask.sum()).item()
    return scores
