"""Does a classifier answer as before when it gets what a mask keeps, or what it removes? Taught in
notebook 06.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from audioxai_lite.models import evaluating
from audioxai_lite.models.cnn14 import for_predictions


@dataclass(frozen=True)
class Answers:
    """A classifier's probabilities for clips, for what masks keep of them and for what they remove.

    Attributes
    ----------
    clean : Tensor, shape (batch, classes)
    kept, removed : Tensor, shape (variants, batch, classes)
    """

    clean: Tensor
    kept: Tensor
    removed: Tensor


def answers(
    model: nn.Module, values: Tensor, masks: Tensor, floor: float = -100.0, batch_size: int = 8
) -> Answers:
    """Ask a classifier about clips, and about both parts of each under every mask.

    The same input is never asked twice: the clean clip serves for every all-ones mask (so that such
    a mask cannot seem to raise or lower anything by rounding), and of equal masks one is asked.
    Memory does not grow with the clips.

    Parameters
    ----------
    model : nn.Module
        A classifier that gives logits.
    values : Tensor, shape (batch, 1, frequency, time)
        Decibels.
    masks : Tensor, shape (variants, batch, 1, frequency, time), in [0, 1]
    floor : float, default -100
        Where what is masked goes, in decibels. See `masks.apply_mask`.
    batch_size : int, default 8
        Inputs that pass through the model at once.

    Raises
    ------
    ValueError
        If the masks do not fit the values, or leave [0, 1].

    Notebook: 05.

    Examples
    --------
    >>> model = nn.Sequential(nn.Flatten(), nn.Linear(32, 3))
    >>> values, masks = torch.randn(2, 1, 4, 8), torch.rand(5, 2, 1, 4, 8).round()
    >>> answers(model, values, masks).kept.shape
    torch.Size([5, 2, 3])
    """
    if masks.shape[1:] != values.shape:
        raise ValueError(
            f"masks have the shape (variants, *{tuple(values.shape)}), not {tuple(masks.shape)}"
        )
    if not ((masks >= 0) & (masks <= 1)).all():
        raise ValueError(
            f"masks lie in [0, 1], and these in [{masks.min():.3g}, {masks.max():.3g}]"
        )
    variants, clips = masks.shape[:2]
    places = torch.empty(1 + 2 * variants, clips, dtype=torch.long)
    outputs: list[Tensor] = []
    waiting, asked = torch.empty(0, *values.shape[1:]), 0
    silence = torch.full_like(values[:1], floor)
    fast = for_predictions(model)
    with evaluating(fast):
        for clip in range(clips):
            parts = torch.cat([torch.ones_like(silence), masks[:, clip], 1 - masks[:, clip]])
            rows: dict[bytes, int] = {}
            for row, part in enumerate(parts):
                first = rows.setdefault(part.numpy().tobytes(), row)
                places[row, clip] = asked + list(rows.values()).index(first)
            asked += len(rows)
            waiting = torch.cat(
                [waiting, torch.lerp(silence, values[clip], parts[list(rows.values())])]
            )
            while len(waiting) >= batch_size or (clip == clips - 1 and len(waiting)):
                outputs.append(fast(waiting[:batch_size]).softmax(dim=1))
                waiting = waiting[batch_size:]
    found = torch.cat(outputs)[places]
    return Answers(found[0], found[1 : 1 + variants], found[1 + variants :])


def deletion_and_insertion(
    model: nn.Module,
    values: Tensor,
    attribution: Tensor,
    steps: int = 20,
    floor: float = -100.0,
    batch_size: int = 8,
) -> tuple[Tensor, Tensor]:
    """The class's probability as a clip loses bins, those of most attribution first, and as silence
    gains them.

    Parameters
    ----------
    model, values, floor, batch_size
        See `answers`; the class is the one predicted for the clip.
    attribution : Tensor, shape of `values`
        Only its order counts; of equal values the first ones come first.
    steps : int, default 20
        Of equal area.

    Returns
    -------
    deletion, insertion : Tensor, each of shape (batch, steps + 1)
        At the areas 0, 1 / steps, … 1. A good order lets the first fall and the second rise early.
        The areas under them (`curve_area`) need no choice of a threshold.

    Source: Petsiuk et al. 2018, "RISE" (1806.07421), 4.2. Notebook: 05.

    Examples
    --------
    >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 2))
    >>> values = torch.randn(3, 1, 4, 8)
    >>> deletion, insertion = deletion_and_insertion(model, values, values, steps=4)
    >>> deletion.shape
    torch.Size([3, 5])
    """
    if attribution.shape != values.shape or steps < 1:
        raise ValueError(
            f"the attribution has the shape of the values, {tuple(values.shape)}, and there is at least one step; not "
            f"{tuple(attribution.shape)} and {steps}"
        )
    rank = (
        attribution.flatten(1)
        .argsort(dim=1, descending=True, stable=True)
        .argsort(dim=1)
        .view_as(attribution)
    )
    limits = (torch.arange(steps + 1) * values[0].numel() / steps).round()
    found = answers(
        model, values, (rank < limits.reshape(-1, 1, 1, 1, 1)).float(), floor, batch_size
    )
    named = found.clean.argmax(dim=1)
    deletion, insertion = (
        part[:, torch.arange(len(named)), named].T for part in (found.removed, found.kept)
    )
    return deletion, insertion


def curve_area(curve: Tensor) -> Tensor:
    """Area under curves of equal steps from 0 to 1, by trapezoids: (batch, steps + 1) → (batch,).
    Notebook: 05.

    Examples
    --------
    >>> curve_area(torch.tensor([[1.0, 0.5, 0.0]])).tolist()
    [0.5]
    """
    return torch.trapezoid(curve, dx=1 / (curve.shape[1] - 1), dim=1)
