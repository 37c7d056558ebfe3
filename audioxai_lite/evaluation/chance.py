"""What do masks that know nothing of the model score, at the same area? Taught in notebook 06."""

import zlib
from collections.abc import Callable

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from ..inputs import as_floats, check_like
from ..masks.cells import random_like
from ..masks.rules import AXES, is_constant_mask, top_k
from ..models.calling import softmax
from .fidelity import answers, scores

CELL = (8, 16)  # bands and frames of what is kept by chance
DRAWS = 20
COMPARED = ("FF", "AD", "Fid-In")


def masks_of_equal_area(
    mask: Tensor, energy: Tensor, draws: int = DRAWS, cell: tuple[int, int] = CELL, seed: int = 0
) -> Tensor:
    """Two controls for one clip's mask: random cells, and the loudest bins, as many as it keeps.

    Parameters
    ----------
    mask, energy : Tensor, shape (1, 1, frequency, time)
        A mask, and the clip's decibels.
    draws : int, default 20
        Of random cells. What a single draw scores is luck.
    cell : (bands, frames), default (8, 16)
    seed : int, default 0

    Returns
    -------
    Tensor, shape (draws + 1, 1, frequency, time)
        The loudest bins come last.

    Notebook: 06.

    Examples
    --------
    >>> mask = (torch.rand(1, 1, 64, 251) < 0.1).float()
    >>> controls = masks_of_equal_area(mask, torch.rand_like(mask), draws=2)
    >>> (controls.sum(dim=(1, 2, 3)) == mask.sum()).tolist()
    [True, True, True]
    """
    mask = as_floats(mask, "masks", "1, 1, frequency, time")
    energy = as_floats(energy, "energy", "1, 1, frequency, time")
    check_like(energy, "energy", mask, "the mask")
    drawn = [random_like(mask, cell, seed + draw) for draw in range(draws)]
    share = float(mask.mean())
    loudest = top_k(energy, share) if 0 < share < 1 else mask
    return torch.cat([*drawn, loudest])


def scores_beside_chance(
    model: nn.Module,
    values: Tensor,
    masks: dict[str, Tensor],
    draws: int = DRAWS,
    cell: tuple[int, int] = CELL,
    batch_size: int = 16,
    link: Callable[[Tensor], Tensor] = softmax,
) -> pd.DataFrame:
    """The scores of masks, clip by clip, each beside random cells and the loudest bins of its area.

    Every clip, and every set of masks, has random cells of its own, so that no two methods share
    the luck of a draw; masks of equal area among those handed in share them. Memory does not grow
    with the clips.

    Parameters
    ----------
    model, batch_size, link
        See `fidelity.answers`.
    values : Tensor, shape (batch, 1, frequency, time)
        Decibels.
    masks : dict of name to Tensor, shape of `values`
        Of one method, say, by several rules.
    draws, cell
        See `masks_of_equal_area`.

    Returns
    -------
    DataFrame
        A row a mask and clip: mask, clip (its number), area, constant (1 where the mask is the
        same everywhere), the five scores of `fidelity.scores`, and, for masks of zeros and ones,
        of FF, AD and Fid-In those of "random cells" (the mean over the draws) and "energy", as
        "AD random cells", and how much higher the mask's own is, as "AD over cells" and "AD over
        energy". For AD less is better.

    Notebook: 06.

    Examples
    --------
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(32, 3))
    >>> values = torch.randn(2, 1, 4, 8)
    >>> masks = {"all": torch.ones_like(values), "loud": top_k(values, 0.25)}
    >>> table = scores_beside_chance(model, values, masks, draws=3, cell=(1, 2))
    >>> table[["mask", "area", "AD over energy"]].to_dict("list")
    {'mask': ['all', 'loud', 'all', 'loud'], 'area': [1.0, 0.25, 1.0, 0.25], \
'AD over energy': [0.0, 0.0, 0.0, 0.0]}
    """
    values = as_floats(values, "values", AXES)
    if not masks or len(values) == 0:
        raise ValueError("there is no mask, or no clip, to score")
    stack = torch.stack([as_floats(mask, "masks", AXES) for mask in masks.values()])
    hard = ((stack == 0) | (stack == 1)).flatten(1).all(dim=1)  # on every clip
    tables = []
    for clip, of_clip in enumerate(stack.transpose(0, 1)):
        rows = _of_one_clip(model, values[clip][None], of_clip, hard, draws, cell, batch_size, link)
        rows.insert(0, "mask", list(masks))
        rows.insert(1, "clip", clip)
        tables.append(rows)
    return pd.concat(tables, ignore_index=True)


def _of_one_clip(
    model: nn.Module,
    values: Tensor,
    masks: Tensor,
    hard: Tensor,
    draws: int,
    cell: tuple[int, int],
    batch_size: int,
    link: Callable[[Tensor], Tensor],
) -> pd.DataFrame:
    """A row for each of the masks, (variants, 1, frequency, time), of one clip; those that are
    `hard`, (variants,), are set beside controls.
    """
    kept = masks.sum(dim=(1, 2, 3))
    seed = zlib.crc32(masks.numpy().tobytes())
    areas = kept[hard].unique()
    controls = [
        masks_of_equal_area(masks[hard & (kept == area)][:1], values, draws, cell, seed)
        for area in areas
    ]
    asked = torch.cat([masks, *controls])[:, None]
    found = pd.DataFrame(
        {
            name: score[:, 0].numpy()
            for name, score in scores(
                answers(model, values, asked, batch_size=batch_size, link=link)
            ).items()
        }
    )
    own, chance = found.iloc[: len(masks)].copy(), found.iloc[len(masks) :]
    own.insert(0, "area", masks.mean(dim=(1, 2, 3)).numpy())
    own.insert(1, "constant", is_constant_mask(masks).double().numpy())
    by_area = torch.searchsorted(areas, kept).numpy()
    for name in COMPARED:
        of_area = chance[name].to_numpy().reshape(len(areas), draws + 1)
        cells = np.append(of_area[:, :draws].mean(axis=1), np.nan)
        loudest = np.append(of_area[:, draws], np.nan)
        place = np.where(hard, by_area, len(areas))
        own[f"{name} random cells"], own[f"{name} energy"] = cells[place], loudest[place]
        own[f"{name} over cells"] = own[name] - cells[place]
        own[f"{name} over energy"] = own[name] - loudest[place]
    return own
