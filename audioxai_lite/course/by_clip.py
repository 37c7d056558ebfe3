"""Masks and maps scored clip by clip, beside what knows nothing. Notebooks: 04, 06."""

import pandas as pd
import torch
from torch import Tensor, nn

from ..evaluation import conciseness, fidelity, localisation
from ..evaluation.chance import DRAWS, scores_beside_chance
from ..published import posthoc_audio


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
    """What is measured of an attribution without cutting it, a row a clip; with a truth two rows.

    Parameters
    ----------
    model, values, truth
        See `masks_by_clip`.
    attribution : Tensor, shape of `values`

    Returns
    -------
    DataFrame
        mask ("the map"), clip, sparseness, complexity, and the areas under the curves of deletion
        and insertion, of ten steps; with a truth also what `scores_of_map` gives.

    Examples
    --------
    >>> model, values = nn.Sequential(nn.Flatten(), nn.Linear(32, 3)), torch.randn(2, 1, 4, 8)
    >>> map_by_clip(model, values, values)[["mask", "clip"]].to_dict("list")
    {'mask': ['the map', 'the map'], 'clip': [0, 1]}
    """
    deletion, insertion = fidelity.deletion_and_insertion(
        model, values, attribution, steps=10, batch_size=16
    )
    columns = {
        "sparseness": conciseness.sparseness(attribution),
        "complexity": conciseness.complexity(attribution),
        "deletion": fidelity.curve_area(deletion),
        "insertion": fidelity.curve_area(insertion),
    }
    table = _a_row_a_clip("the map", columns)
    if truth is None:
        return table
    return table.merge(scores_of_map(attribution, truth), how="right", on=["mask", "clip"])


def scores_of_map(attribution: Tensor, truth: Tensor) -> pd.DataFrame:
    """How well an attribution finds the truth, a row a clip for "the map", and one for "its sizes",
    the map without its sign.

    Parameters
    ----------
    attribution, truth : Tensor, shape (batch, 1, frequency, time)

    Returns
    -------
    DataFrame
        mask, clip, empty (1 where the map is 0 everywhere), and `localisation.SCORES`.

    Examples
    --------
    >>> truth = torch.tensor([[[[1.0, 0.0]]]])
    >>> table = scores_of_map(torch.tensor([[[[-3.0, 1.0]]]]), truth)
    >>> table[["mask", "average precision"]].to_dict("list")
    {'mask': ['the map', 'its sizes'], 'average precision': [0.5, 1.0]}
    """
    tables = []
    for name, read in {"the map": attribution, "its sizes": attribution.abs()}.items():
        columns = {"empty": (attribution == 0).flatten(1).all(dim=1)}
        columns |= {score: found(read, truth) for score, found in localisation.SCORES.items()}
        tables.append(_a_row_a_clip(name, columns))
    return pd.concat(tables, ignore_index=True)


def _a_row_a_clip(mask: str, columns: dict[str, Tensor]) -> pd.DataFrame:
    numbers = {name: column.double().numpy() for name, column in columns.items()}
    table = pd.DataFrame(numbers)
    table.insert(0, "mask", mask)
    table.insert(1, "clip", range(len(table)))
    return table
