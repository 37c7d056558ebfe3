"""Masks and maps scored clip by clip, beside what knows nothing. Notebook: 06."""

import pandas as pd
import torch
from torch import Tensor, nn

from ...evaluation import conciseness, fidelity, localisation
from ...evaluation.chance import DRAWS, scores_beside_chance
from ...published import posthoc_audio


def masks_by_clip(
    model: nn.Module,
    values: Tensor,
    by_name: dict[str, Tensor],
    truth: Tensor | None = None,
    draws: int = DRAWS,
) -> pd.DataFrame:
    """The seven published scores of masks, a row a clip and mask, beside controls of equal area.

    Parameters
    ----------
    model, values, draws
        See `chance.scores_beside_chance`.
    by_name : dict of name to Tensor, shape of `values`
        Masks of one map.
    truth : Tensor, shape of `values`, optional

    Returns
    -------
    DataFrame
        The columns of `chance.scores_beside_chance`, SPS and COMP as published, and, with a truth,
        inside: the share of what is kept that lies in it (NaN where nothing is kept).

    Examples
    --------
    >>> model, values = nn.Sequential(nn.Flatten(), nn.Linear(32, 3)), torch.randn(2, 1, 4, 8)
    >>> table = masks_by_clip(model, values, {"all": torch.ones_like(values)}, values * 0 + 1, 1)
    >>> table[["mask", "clip", "Fid-In", "COMP", "inside"]].to_dict("list")
    {'mask': ['all', 'all'], 'clip': [0, 1], 'Fid-In': [1.0, 1.0], 'COMP': [0.0, 0.0], \
'inside': [1.0, 1.0]}
    """
    table = scores_beside_chance(model, values, by_name, draws=draws)
    stack = torch.stack(list(by_name.values()))  # (masks, clips, ...); rows go clip by clip
    table["SPS"] = conciseness.sparseness(stack).T.flatten().numpy()
    table["COMP"] = posthoc_audio.complexity(stack).T.flatten().numpy()
    if truth is not None:
        inside = (stack * truth).sum(dim=(2, 3, 4)) / stack.sum(dim=(2, 3, 4))
        table["inside"] = inside.T.flatten().numpy()
    return table


def map_by_clip(
    model: nn.Module, values: Tensor, attribution: Tensor, truth: Tensor | None = None
) -> pd.DataFrame:
    """What is measured of an attribution without cutting it, a row a clip: "the map", and with a
    truth "its sizes", the map without its sign.

    Parameters
    ----------
    model, values, truth
        See `masks_by_clip`.
    attribution : Tensor, shape of `values`

    Returns
    -------
    DataFrame
        mask ("the map" or "its sizes"), clip, empty (1 where the map is 0 everywhere), sparseness,
        complexity, and the areas under the curves of deletion and insertion, of ten steps; with a
        truth also `localisation.SCORES`.

    Examples
    --------
    >>> model, values = nn.Sequential(nn.Flatten(), nn.Linear(32, 3)), torch.randn(2, 1, 4, 8)
    >>> map_by_clip(model, values, values)[["mask", "clip", "empty"]].to_dict("list")
    {'mask': ['the map', 'the map'], 'clip': [0, 1], 'empty': [0.0, 0.0]}
    """
    deletion, insertion = fidelity.deletion_and_insertion(
        model, values, attribution, steps=10, batch_size=16
    )
    columns = {
        "empty": (attribution == 0).flatten(1).all(dim=1).double(),
        "sparseness": conciseness.sparseness(attribution),
        "complexity": conciseness.complexity(attribution),
        "deletion": fidelity.curve_area(deletion),
        "insertion": fidelity.curve_area(insertion),
    }
    clips = range(len(values))
    table = pd.DataFrame({"mask": "the map", "clip": clips} | _numbers(columns))
    if truth is None:
        return table
    tables = []
    for name, read in {"the map": attribution, "its sizes": attribution.abs()}.items():
        scores = {score: found(read, truth) for score, found in localisation.SCORES.items()}
        tables.append(pd.DataFrame({"mask": name, "clip": clips} | _numbers(scores)))
    return table.merge(pd.concat(tables), how="right", on=["mask", "clip"])


def _numbers(columns: dict[str, Tensor]) -> dict[str, object]:
    return {name: numbers.double().numpy() for name, numbers in columns.items()}
